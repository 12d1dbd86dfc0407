import { NO_REFILL } from '../ab/turn';
import type { Stage } from '../stage/stage';
import { Inspector, inspectorUrlIn } from './inspector';

/** Starts the controller of a stage, without refill and with further flags, so that it can be looked into. */
export async function startInspected(stage: Stage, flags: readonly string[]): Promise<Inspector> {
  let url: string | undefined;
  const said = (line: string): void => void (url ??= inspectorUrlIn(line));
  await stage.start([...NO_REFILL, ...flags], { nodeArgs: ['--inspect=127.0.0.1:0'], said });
  if (url === undefined)
    throw new Error('the controller has not said where its inspector listens: expected a line "Debugger listening on ws://…" before it was ready');
  return Inspector.connect(url);
}
