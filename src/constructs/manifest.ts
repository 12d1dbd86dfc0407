import type { Construct } from 'constructs';
import { specSchema } from '../api/crds';
import type { Kind } from '../api/kinds';
import { render, RenderError, type JsonObject } from '../api/render';

/** The spec of an object of ours, rendered strictly; an error names the construct, the field and the remedy. */
export function renderSpec(kind: Kind, construct: Construct, spec: unknown): JsonObject {
  try {
    // A spec is an object by the schema of each kind.
    return render(specSchema(kind), spec, 'spec') as JsonObject;
  } catch (error) {
    if (error instanceof RenderError) throw new Error(`${kind.kind} ${pathOf(construct)}: ${error.message}`);
    throw error;
  }
}

/** The path that a user wrote: the object inside one of our constructs is called Resource by cdk8s convention. */
const pathOf = ({ node }: Construct): string => (node.id === 'Resource' && node.scope ? node.scope.node.path : node.path);
