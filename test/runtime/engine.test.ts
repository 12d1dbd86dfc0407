import { MemorySaver } from '../../src/runtime/engine';
import { VirtualClock } from '../support/virtual-clock';

async function started() {
  const clock = new VirtualClock();
  const [flags, loop]: [string[], { share: number }] = [[], { share: 0.5 }];
  const saver = new MemorySaver(clock, { share: () => loop.share, setFlag: (flag) => flags.push(flag) });
  await saver.start();
  return { clock, flags, loop, saver };
}

test('V8 saves memory from the first two seconds of rest on, until there is work again', async () => {
  const { clock, flags, loop, saver } = await started();
  await clock.advance(6000);
  expect(flags).toEqual([]);
  loop.share = 0.005;
  await clock.advance(2000);
  expect(flags).toEqual(['--memory-saver-mode']);
  loop.share = 0.2;
  await clock.advance(250);
  expect(flags).toEqual(['--memory-saver-mode', '--no-memory-saver-mode']);
  await saver.stop();
  loop.share = 0;
  await clock.advance(6000);
  expect(flags).toHaveLength(2);
});

test('a claim now and then is work', async () => {
  const { clock, flags, loop, saver } = await started();
  loop.share = 0.03;
  await clock.advance(10_000);
  expect(flags).toEqual([]);
  loop.share = 0.005;
  await clock.advance(2000);
  loop.share = 0.03;
  await clock.advance(250);
  expect(flags).toEqual(['--memory-saver-mode', '--no-memory-saver-mode']);
  await saver.stop();
});
