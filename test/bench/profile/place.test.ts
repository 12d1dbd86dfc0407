import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { transformSync } from 'esbuild';
import { callsOf, costsOf } from './costs';
import { Inspector, inspectorUrlIn } from './inspector';
import { Atlas } from './place';

/** The atlas of a bundle made of one file, and where a text stands in it. */
function bundled(sourcefile: string, source: string) {
  const { code, map } = transformSync(source, { sourcefile, sourcemap: 'external', minify: true, loader: 'ts' });
  const atlas = new Atlas(map, '/bundle.cjs');
  return (functionName: string, text: string) =>
    atlas.placeOf({ functionName, url: 'file:///somewhere/bundle.cjs', lineNumber: 0, columnNumber: code.indexOf(text) });
}

const SOURCE = `
{
  const renamed = (value: number) => value * 2;
  class Kept { public constructor(public readonly it = renamed(1)) {} }
  console.log(renamed, Kept);
}`;

test.each([
  ['../src/runtime/cache.ts', 'src/runtime/cache.ts'],
  ['../src/controllers/claim/record.ts', 'src/controllers/claim'],
  ['../src/controllers/index.ts', 'src/controllers'],
  ['../src/api/keys.ts', 'src/api'],
])('a function of %s counts for %s', (file, room) => {
  expect(bundled(file, SOURCE)('x', '=>')).toMatchObject({ owner: 'ours', room, at: `${file.slice(3)}:3` });
});

test.each([
  ['../../other/node_modules/undici/lib/core/util.js', 'undici'],
  ['../node_modules/@kubernetes/client-node/dist/config.js', '@kubernetes/client-node'],
  ['../node_modules/outer/node_modules/inner/index.js', 'inner'],
])('a function of %s counts for the package %s', (file, room) => {
  expect(bundled(file, SOURCE)('x', '=>')).toMatchObject({ owner: 'package', room });
});

test('a constructor is told from other functions of its class', () => {
  expect(bundled('../src/runtime/cache.ts', SOURCE)('x', 'constructor')).toMatchObject({ name: 'constructor', at: 'src/runtime/cache.ts:4' });
});

test.each([
  ['onread', 'node:internal/stream_base_commons', { owner: 'node', room: 'Node.js: stream_base_commons', at: 'node:internal/stream_base_commons:1' }],
  ['end', 'node:_http_client', { owner: 'node', room: 'Node.js: http_client' }],
  ['wasm-function[20]', 'wasm://wasm/00034eea', { owner: 'package', room: 'undici (WebAssembly)' }],
  ['(garbage collector)', '', { owner: 'v8', room: 'V8: garbage collector' }],
  ['writev', '', { owner: 'native', room: 'native functions that write to sockets' }],
  ['writeUtf8String', '', { owner: 'native', room: 'native functions that write to sockets' }],
  ['sort', '', { owner: 'native', room: 'other native functions' }],
  ['', '', { owner: 'native', name: '(anonymous)' }],
])('%s of %s is known without a map', (functionName, url, place) => {
  expect(
    new Atlas('{"version":3,"sources":[],"names":[],"mappings":""}', '/bundle.cjs').placeOf({ functionName, url, lineNumber: 0, columnNumber: 0 }),
  ).toMatchObject(place);
});

test('a process tells by its inspector where its time goes and how much it was', async () => {
  const program = 'function fibonacci(n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); } setInterval(fibonacci, 1, 20)';
  const child = spawn(process.execPath, ['--inspect=127.0.0.1:0', '-e', program], { stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    const urls = createInterface({ input: child.stderr })[Symbol.asyncIterator]();
    const inspector = await Inspector.connect(inspectorUrlIn((await urls.next()).value ?? '') ?? '');
    const before = await inspector.processorTime();
    const busy = async () => {
      while ((await inspector.processorTime()).threadMs < before.threadMs + 50);
    };
    const { functions } = costsOf(callsOf(await inspector.processorDuring(busy)), (frame) => ({ owner: 'ours', room: '', name: frame.functionName }));
    expect(functions.map(({ what }) => what)).toContain('`fibonacci` ');
    inspector.close();
  } finally {
    child.kill();
    await once(child, 'exit');
  }
});
