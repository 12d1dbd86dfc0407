import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './consumer';

/** A type that the package exports. A struct has `datatype`. */
interface Type {
  readonly name: string;
  readonly namespace?: string;
  readonly datatype?: boolean;
}

/** The jsii assembly, as far as it is read here. */
interface Assembly {
  readonly name: string;
  readonly types: Readonly<Record<string, Type>>;
}

// jsii has written it a moment ago.
const assembly = JSON.parse(readFileSync(join(ROOT, '.jsii'), 'utf8')) as Assembly;
const types = Object.values(assembly.types);
const generated = (file: string): string => join(ROOT, 'package', file);

// A struct is an interface for .NET; the class beside it has another name where C# reserves the struct's own (ContainerPort has a member containerPort).
const dotnetFile = (folder: string, { name, datatype }: Type): string =>
  `dotnet/Cdk8sAgentSandbox/Cdk8sAgentSandbox/${folder.toUpperCase()}${datatype === true ? 'I' : ''}${name}.cs`;

test.each([
  ['Java', 'java/pom.xml', (folder: string, { name }: Type) => `java/src/main/java/io/github/cdk8sagentsandbox/${folder}${name}.java`],
  ['Go', 'go/cdk8sagentsandbox/go.mod', (folder: string, { name }: Type) => `go/cdk8sagentsandbox/${folder}${name}.go`],
  ['.NET', 'dotnet/Cdk8sAgentSandbox/Cdk8sAgentSandbox.csproj', dotnetFile],
])('the %s sources have a build file and a file for each of the types', (_language, build, fileOf) => {
  const files = types.map((type) => fileOf(type.namespace === undefined ? '' : `${type.namespace}/`, type));
  expect(files.length).toBeGreaterThan(0);
  expect([build, ...files].filter((file) => !existsSync(generated(file)))).toEqual([]);
});

test('the Python sources have a class for each of the types', () => {
  const textOf = (namespace: string) => readFileSync(generated(join('python/src/cdk8s_agent_sandbox', namespace, '__init__.py')), 'utf8');
  const texts = new Map([...new Set(types.map(({ namespace = '' }) => namespace))].map((namespace) => [namespace, textOf(namespace)]));
  expect(types.filter(({ namespace = '', name }) => !new RegExp(`^class ${name}\\b`, 'm').test(texts.get(namespace) ?? ''))).toEqual([]);
});
