import { MemorySaver } from '../../src/runtime/engine';
import { VirtualClock } from '../support/virtual-clock';

test('V8 saves memory from the first second of rest on, until there is work again', async () => {
  const clock = new VirtualClock();
  const flags: string[] = [];
  let share = 0.5;
  const saver = new MemorySaver(clock, { share: () => share, setFlag: (flag) => flags.push(flag) });
  await saver.start();
  await clock.advance(3000);
  expect(flags).toEqual([]);
  share = 0.01;
  await clock.advance(3000);
  expect(flags).toEqual(['--memory-saver-mode']);
  share = 0.2;
  await clock.advance(3000);
  expect(flags).toEqual(['--memory-saver-mode', '--no-memory-saver-mode']);
  await saver.stop();
  share = 0;
  await clock.advance(3000);
  expect(flags).toHaveLength(2);
});
