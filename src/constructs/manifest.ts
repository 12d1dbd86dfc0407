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
    if (error instanceof RenderError) throw new Error(`${kind.kind} ${construct.node.path}: ${error.message}`);
    throw error;
  }
}
