import { ApiObject, ApiObjectMetadata, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { specSchema } from '../api/crds';
import { apiVersionOf, type Kind } from '../api/kinds';
import { render, RenderError, type JsonObject } from '../api/render';

/** The spec of an object of ours, rendered strictly; an error names the construct, the field and the remedy. */
export function renderSpec(kind: Kind, construct: Construct, spec: unknown): JsonObject {
  try {
    // A spec is an object by the schema of each kind.
    return render(specSchema(kind), spec, 'spec') as JsonObject;
  } catch (error) {
    if (error instanceof RenderError) throw new Error(`${kind.kind} ${construct.node.path}: ${error.message}`);
    throw error;
  }
}

/** The ApiObject of an L2 construct, its one child `Resource`, with a spec that is rendered late and strictly. */
export function resourceOf(construct: Construct, kind: Kind, metadata: ApiObjectMetadata | undefined, spec: () => unknown): ApiObject {
  return new ApiObject(construct, 'Resource', {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata,
    // Lazy is typed `any` by cdk8s.
    spec: Lazy.any({ produce: () => renderSpec(kind, construct, spec()) }) as unknown,
  });
}
