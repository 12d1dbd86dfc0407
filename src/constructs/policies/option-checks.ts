import { nearest } from '../../api/nearest';
import { findRegistry } from './image-reference';
import { HostAccess, LimitedResource, type AgentSandboxPolicyOptions } from './policy-options';

/** What is wrong with the value of an option, or undefined. */
type Check = (value: unknown) => string | undefined;

const CHECKS: Readonly<Record<keyof AgentSandboxPolicyOptions, Check>> = {
  requiredLimits: listOf(oneOf(Object.values(LimitedResource))),
  allowedRuntimeClasses: filled(listOf(text('the name of a RuntimeClass'))),
  allowedRegistries: filled(listOf(registry)),
  requireDigest: flag,
  allowedHostAccess: listOf(oneOf(Object.values(HostAccess))),
  uniqueObjects: flag,
  baseline: text('the path of a folder'),
};

/** The options, once all of them are known and make sense; they may come from cdk8s.yaml. Throws an error that lists all that is wrong. `where` names their place. */
export function checkedOptions(given: unknown, where: string): AgentSandboxPolicyOptions {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw new Error(`${where}: expected a map of options, found ${shown(given)}`);
  const problems = Object.entries(given).flatMap(([name, value]: [string, unknown]) => {
    if (value === undefined) return [];
    // Object.hasOwn has seen that it is one of them.
    const problem = Object.hasOwn(CHECKS, name) ? CHECKS[name as keyof AgentSandboxPolicyOptions](value) : unknownOption(name);
    return problem === undefined ? [] : [`${where}.${name}: ${problem}`];
  });
  if (problems.length > 0) throw new Error(problems.join('\n'));
  // Each member has just been checked.
  return given;
}

function unknownOption(name: string): string {
  const known = Object.keys(CHECKS);
  const near = nearest(name, known);
  return `unknown policy; ${near ? `did you mean ${near}?` : `known are ${known.join(', ')}`}`;
}

function flag(value: unknown): string | undefined {
  return typeof value === 'boolean' ? undefined : `expected true or false, found ${shown(value)}`;
}

function text(what: string): Check {
  return (value) => (typeof value === 'string' && value.trim() !== '' ? undefined : `expected ${what}, found ${shown(value)}`);
}

function oneOf(words: readonly string[]): Check {
  return (value) => {
    if (words.some((word) => word === value)) return undefined;
    const near = typeof value === 'string' ? nearest(value, words) : undefined;
    return `expected one of ${words.join(', ')}, found ${shown(value)}${near ? `; did you mean ${near}?` : ''}`;
  };
}

function registry(value: unknown): string | undefined {
  if (typeof value === 'string' && findRegistry(value) !== undefined) return undefined;
  return `expected a registry such as ghcr.io, ghcr.io/acme or docker.io/library, with its host, without a scheme or tag, found ${shown(value)}`;
}

function listOf(check: Check): Check {
  return (value) => {
    if (!Array.isArray(value)) return `expected a list, found ${shown(value)}`;
    return value.map((item: unknown) => check(item)).find((problem) => problem !== undefined);
  };
}

/** An empty list of what is allowed would refuse everything, which nobody means. */
function filled(check: Check): Check {
  return (value) => (Array.isArray(value) && value.length === 0 ? 'expected at least one; remove the option to allow everything' : check(value));
}

const shown = (value: unknown): string => (value === null || value === undefined ? 'nothing' : JSON.stringify(value));
