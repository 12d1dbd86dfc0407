import { existsSync } from 'node:fs';
import { Running } from './running';
import { until } from './until';

jest.setTimeout(180_000);

const PROGRAM = 'dev/main.ts';

test('it brings the example to Ready, shows its conditions, and Ctrl-C stops all that it started and removes its data', async () => {
  const dev = new Running(PROGRAM);
  await dev.says('everything is Ready');
  expect(dev.text).toMatch(/^Sandbox team-a\/alice\n( {2}.*\n)* {2}Ready +True +DependenciesReady +Pod is Ready; Service Exists$/m);
  const [, kubeconfig = ''] = /KUBECONFIG=(\S+)/.exec(dev.text) ?? (await until('the kubeconfig', () => /KUBECONFIG=(\S+)/.exec(dev.text) ?? undefined));
  expect(existsSync(kubeconfig)).toBe(true);
  const { code, started, left } = await dev.interrupt();
  expect({ code, left }).toEqual({ code: 0, left: [] });
  // The supervisor, etcd, kube-apiserver, kube-controller-manager and the controller.
  expect(started).toBeGreaterThanOrEqual(5);
  expect(existsSync(kubeconfig)).toBe(false);
});

test('Ctrl-C during the start stops what is being started', async () => {
  const dev = new Running(PROGRAM);
  await dev.says('starting etcd');
  await until('etcd to run', () => (dev.started.length > 1 ? true : undefined));
  expect(await dev.interrupt()).toMatchObject({ code: 130, left: [] });
});

test('an example that there is not ends it with a sentence and the names of those that there are', async () => {
  const dev = new Running(PROGRAM, 'agnet');
  expect(await dev.ended()).toBe(2);
  expect(dev.text).toMatch(/^found agnet, expected the name of one example\n[^]*: .*agent, /);
});
