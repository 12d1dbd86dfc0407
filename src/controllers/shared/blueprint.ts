import { blueprint } from '../../api/blueprint';
import type { Blueprint, Sandbox, SandboxTemplate } from './objects';

const MEMBERS: ReadonlySet<string> = new Set(Object.keys(blueprint));

/** The part of a spec that Sandbox and SandboxTemplate have in common, whatever the API declares as such. */
export const blueprintOf = ({ spec }: Sandbox | SandboxTemplate): Blueprint =>
  // The declaration of the API and the type name the same required member.
  Object.fromEntries(Object.entries(spec).filter(([name]) => MEMBERS.has(name))) as unknown as Blueprint;
