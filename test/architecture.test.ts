import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { DOORS, trespasses } from './doors';

const ROOT = join(__dirname, '..');

const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => join('src', file).split(sep).join('/'));

test('every import of src/ goes through a door', () => {
  expect(sources).toContain('src/index.ts');
  expect(sources.flatMap((file) => trespasses(file, readFileSync(join(ROOT, file), 'utf8')))).toEqual([]);
});

test.each([
  ['src/api/names.ts', "import { Kube } from '../constructs/kube';", 'api has no door to constructs'],
  ['src/api/names.ts', "import type { App } from 'cdk8s';", 'api may not load the package cdk8s'],
  ['src/api/names.ts', "import { hash } from 'node:crypto';", 'api uses no module of Node.js here'],
  ['src/api/names.ts', "import { readFileSync } from 'fs';", 'api uses no module of Node.js here'],
  ['src/api/nested/names.ts', "export * from '../../runtime/queue';", 'api has no door to runtime'],
  ['src/constructs/kube.ts', "import { Queue } from '../runtime/queue';", 'constructs has no door to runtime'],
  [
    'src/constructs/kube.ts',
    "import { KubeConfig } from '@kubernetes/client-node/dist/config';",
    'constructs may not load the package @kubernetes/client-node',
  ],
  ['src/constructs/kube.ts', "const fs = require('node:fs');", 'constructs uses no module of Node.js here'],
  ['src/constructs/kube.ts', "const load = () => import('undici');", 'constructs may not load the package undici'],
  ['src/constructs/kube.ts', "import { Sandbox } from '../../imports/agents.x-k8s.io';", 'src/ imports nothing outside of src/'],
  ['src/constructs/kube.ts', "import { until } from '../../test/cluster/until';", 'src/ imports nothing outside of src/'],
  ['src/constructs/kube.ts', "import { tableOf } from '../../.ci/synth-table';", 'src/ imports nothing outside of src/'],
  ['src/runtime/queue.ts', "import { plan } from '../controllers/sandbox/plan';", 'runtime has no door to controllers'],
  ['src/controllers/claim/plan.ts', "import { Router } from '../../router/proxy';", 'controllers has no door to router'],
  ['src/controllers/claim/plan.ts', "import { Sandbox } from '../../constructs/sandbox';", 'controllers has no door to constructs'],
  ['src/controllers/sandbox/plan.ts', "import { claim } from '../claim/plan';", 'the core controller knows no other controller'],
  ['src/router/proxy.ts', "import { plan } from '../controllers/sandbox/plan';", 'router has no door to controllers'],
  ['src/sdk/session.ts', "import { Queue } from '../runtime/queue';", 'of runtime sdk may use only the client'],
  ['src/sdk/session.ts', "import { main } from '../cli/main';", 'sdk has no door to cli'],
  ['src/index.ts', "export * from './sdk/session';", 'index has no door to sdk'],
  ['src/index.ts', "export * from './runtime/client';", 'index has no door to runtime'],
  ['src/cli/main.ts', "import yargs from 'yargs';", 'cli may not load the package yargs'],
])('%s with %s is caught', (file, text, problem) => {
  expect(trespasses(file, text)).toEqual([expect.stringContaining(problem)]);
});

test.each([
  ['src/api/crds.ts', "import { readFileSync } from 'node:fs';"],
  ['src/api/names.ts', "import { Kind } from './kinds';"],
  ['src/constructs/tenant/roles.ts', "import { KINDS } from '../../api/kinds'; import { Chart } from 'cdk8s'; import { Labels } from '../labels';"],
  ['src/controllers/sandbox/plan.ts', "import { names } from '../shared/names'; import { Queue } from '../../runtime/queue';"],
  ['src/sdk/session.ts', "import { Client } from '../runtime/client';"],
  ['src/cli/main.ts', "import { Router } from '../router/proxy'; import { argv } from 'node:process';"],
  ['src/api/names.ts', "// import { App } from 'cdk8s';\nconst text = \"import('undici')\";"],
])('%s with %s is allowed', (file, text) => {
  expect(trespasses(file, text)).toEqual([]);
});

test('a folder of src/ that is not in the table is caught', () => {
  expect(trespasses('src/utils/misc.ts', '')).toEqual([expect.stringContaining('src/utils is no room')]);
});

describe('CONTRIBUTING.md', () => {
  // Tables are padded.
  const text = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8').replaceAll(/ +/g, ' ');

  test.each(['src', 'test'])('tells of every folder of %s/', (parent) => {
    const folders = readdirSync(join(ROOT, parent), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map(({ name }) => `\`${parent}/${name}/\``).filter((folder) => !text.includes(folder))).toEqual([]);
  });

  test('has the doors of each room that is there', () => {
    const rows = [...new Set(sources.map((file) => file.split('/')[1] ?? ''))].map((name) => {
      const room = name.replace('.ts', '');
      const { rooms = [], packages = [] } = DOORS[room] ?? {};
      const doors = room === 'cli' ? 'every room' : rooms.join(', ') || 'nothing';
      return `| \`src/${name}${name === room ? '/' : ''}\` | ${doors} | ${packages.join(', ') || 'none'} |`;
    });
    expect(rows.filter((row) => !text.includes(row))).toEqual([]);
  });
});

test('no door leads into the command line, and the rings form no circle', () => {
  const reached = (room: string): readonly string[] => DOORS[room]?.rooms.flatMap((next) => [next, ...reached(next)]) ?? [];
  for (const [name, room] of Object.entries(DOORS)) {
    expect(room.rooms).not.toContain('cli');
    expect(reached(name)).not.toContain(name);
  }
});
