import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { ROOT } from './consumer';

/** A fenced block of a Markdown file. */
export interface Block {
  /** Line of its first fence, counted from 1. */
  readonly line: number;
  /** The word after the fence. Empty without one. */
  readonly language: string;
  readonly text: string;
}

/** A document for people. */
export interface MarkdownFile {
  /** Path from the checkout. */
  readonly file: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** A program that a document shows. */
export interface Sample {
  /** Where it stands; also its file name. */
  readonly name: string;
  /** The whole TypeScript program. */
  readonly program: string;
  /** What the document says that it synthesizes: in the README the whole output, elsewhere a part of it. */
  readonly yaml?: { readonly text: string; readonly isWhole: boolean };
}

/** The Markdown files of the checkout that people write. API.md is generated from the docstrings, whose examples are samples of their own. */
export function markdownFiles(): readonly MarkdownFile[] {
  const docs = readdirSync(ROOT, { withFileTypes: true }).some((entry) => entry.name === 'docs')
    ? readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((file) => `docs/${file.split(sep).join('/')}`)
    : [];
  return ['README.md', 'CONTRIBUTING.md', ...docs]
    .filter((file) => file.endsWith('.md'))
    .map((file) => {
      const text = readFileSync(join(ROOT, file), 'utf8');
      return { file, text, blocks: blocksOf(text) };
    });
}

function blocksOf(markdown: string): readonly Block[] {
  return [...markdown.matchAll(/^( *)```([^\n`]*)\n([\s\S]*?)^\1```$/gm)].map(({ index, 1: indent = '', 2: language = '', 3: text = '' }) => ({
    line: markdown.slice(0, index).split('\n').length,
    language: language.trim(),
    text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
}

/** The programs of a document. A YAML block right behind a program is what the program synthesizes. */
export function samplesOf({ file, blocks }: MarkdownFile, exported: readonly string[]): readonly Sample[] {
  return blocks.flatMap(({ language, line, text }, index) => {
    if (language !== 'ts') return [];
    const next = blocks[index + 1];
    const yaml = next?.language === 'yaml' ? { yaml: { text: next.text, isWhole: file === 'README.md' } } : {};
    return [{ name: `${file.replaceAll('/', '-')}-line-${line}`, program: wholeProgram(text, exported), ...yaml }];
  });
}

/** A jsii assembly, as far as it is read here. Types and members alike may have an example. */
interface Assembly {
  readonly types: Readonly<Record<string, { readonly namespace?: string; readonly name: string }>>;
}

/** The examples of the docstrings and the names that they may use, from what jsii has written. */
export function docstringSamples(): { readonly exported: readonly string[]; readonly samples: readonly Sample[] } {
  // jsii has written it a moment ago.
  const assembly = JSON.parse(readFileSync(join(ROOT, '.jsii'), 'utf8')) as Assembly;
  const types = Object.values(assembly.types).filter((type) => type.namespace === undefined);
  const exported = types.map((type) => type.name);
  const samples = types.flatMap((type) =>
    examplesIn(type).map((text, index) => ({ name: `docstring-${type.name}-${index + 1}`, program: wholeProgram(text, exported) })),
  );
  return { exported, samples };
}

function examplesIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]: [string, unknown]) => (key === 'example' && typeof member === 'string' ? [member] : examplesIn(member)));
}

/** What a sample without imports finds there: the names of the libraries, an app, a chart, a template and a pool. Its own names hide these. */
function wholeProgram(text: string, exported: readonly string[]): string {
  if (/^import /m.test(text)) return text;
  return `
import { ApiObject, App, Chart, Cron, Duration, JsonPatch, Size, YamlOutputType } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { ${exported.join(', ')} } from 'cdk8s-agent-sandbox';
const app = new App();
const chart = new Chart(app, 'chart', { namespace: 'team-a' });
const template = new SandboxTemplate(chart, 'template', {
  isolation: Isolation.GVISOR,
  containers: [{ image: 'ghcr.io/acme/interpreter:3.14', resources: { memory: { limit: Size.gibibytes(1) } } }],
});
const pool = template.pool('pool');
{
${text}
}
app.synth();
`;
}
