import { running } from './process-tree';
import { Running } from './running';

jest.setTimeout(240_000);

const PROGRAM = 'demo/main.ts';

test('it fills a pool, claims from it, tells what that took and cost, suspends, resumes and deletes, and leaves nothing running', async () => {
  const demo = new Running(PROGRAM);
  await demo.says('claiming 20 Sandboxes');
  const { started } = demo;
  expect(await demo.ended()).toBe(0);
  expect(demo.text).toMatch(/^filling a pool of 20: done after \d+ ms$/m);
  expect(demo.text.match(/^ {2}agent-\d\d → python-\w{5} +[\d.]+ ms {2}█+$/gm)).toHaveLength(20);
  expect(demo.text).toMatch(/^half of them within [\d.]+ ms; 20 of 20 got a member of the pool$/m);
  const [, counted = ''] = /^for each claim the API server counted (.*)$/m.exec(demo.text) ?? [];
  // The protocol writes each of these once (spec 08 §4.7), and the Sandbox controller the labels of the Pod.
  expect(counted.split(', ').sort()).toEqual(['1.00 patch pods', '1.00 patch sandboxclaims', '1.00 patch sandboxclaims/status', '1.00 patch sandboxes']);
  for (const step of ['suspending python-', 'resuming python-', 'deleting claims and pool'])
    expect(demo.text).toMatch(new RegExp(`^${step}.*: done after \\d+ ms$`, 'm'));
  // The supervisor, etcd, kube-apiserver, kube-controller-manager and the controller.
  expect(started.length).toBeGreaterThanOrEqual(5);
  expect(running(started)).toEqual([]);
});

test('Ctrl-C in the middle stops all that it has started', async () => {
  const demo = new Running(PROGRAM);
  await demo.says('filling a pool');
  expect(await demo.interrupt()).toMatchObject({ code: 130, left: [] });
});

test('it explains itself, and takes no arguments', async () => {
  const help = new Running(PROGRAM, '--help');
  expect(await help.ended()).toBe(0);
  expect(help.text).toMatch(/^Twenty claims[^]*npm run demo/);
  const wrong = new Running(PROGRAM, '30');
  expect(await wrong.ended()).toBe(2);
  expect(wrong.text).toMatch(/^found 30, expected no arguments\n/);
});
