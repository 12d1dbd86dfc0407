import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Downloads, fetchBytes } from '../../src/image/downloads';

const CONTENT = Buffer.from('the file');
const INTEGRITY = `sha256-${createHash('sha256').update(CONTENT).digest('base64')}`;

let folder: string;
let said: string[];
let downloads: Downloads;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'downloads-'));
  said = [];
  downloads = new Downloads(folder, (text) => said.push(text));
});
afterEach(() => rmSync(folder, { recursive: true }));

const source = (title: string, answer: Buffer | Error) => ({
  title,
  fetch: () => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)),
});
const get = (...sources: ReturnType<typeof source>[]): Promise<Buffer> => downloads.get({ title: 'a file', integrity: INTEGRITY, sources: () => sources });

test('a file is downloaded once, and again when what was kept is damaged', async () => {
  expect(await get(source('here', CONTENT))).toEqual(CONTENT);
  expect(await get()).toEqual(CONTENT);
  const [file = ''] = readdirSync(folder);
  truncateSync(join(folder, file), 3);
  expect(await get(source('there', CONTENT))).toEqual(CONTENT);
  expect(said).toEqual(['downloading a file from here', 'downloading a file from there']);
  expect(readdirSync(folder)).toEqual([file]);
});

test('sources are tried in their order, and a file with another hash is none', async () => {
  expect(await get(source('first', new Error('no')), source('second', Buffer.from('a lie')), source('third', CONTENT))).toEqual(CONTENT);
  expect(said).toHaveLength(3);
});

test('when no source has the file, the error says what was wrong with each, and nothing is kept', async () => {
  await expect(get(source('first', new Error('no route')), source('second', Buffer.from('a lie')))).rejects.toThrow(
    new RegExp(`^cannot get a file:\\n  first: no route\\n  second: found a file with sha256-\\S+, expected ${INTEGRITY.replaceAll('+', '\\+')}$`),
  );
  expect(readdirSync(folder)).toEqual([]);
});

test('an answer that is no success, and a server that is not there, are errors with a reason', async () => {
  const server = createServer((_, response) => response.writeHead(404).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // What address() answers for a server of TCP.
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  await expect(fetchBytes(url)).rejects.toThrow('the server answers 404 Not Found');
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await expect(fetchBytes(url)).rejects.toThrow('ECONNREFUSED');
});
