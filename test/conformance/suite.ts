import { Api, type Backend } from './backend';
import { describeBuiltIn } from './built-in';
import { describeControllers } from './controllers';
import { describeCreation } from './creation';
import { describeDeletion } from './deletion';
import { describePatches } from './patches';
import { describeReading } from './reading';
import { describeRefusals } from './refusals';
import { describeWatching } from './watching';

/** What an API server does, as far as our programs rely on it. Run on the real one and on the model: what both pass, the model may be trusted in.
 *
 * @param hasControllers whether kube-controller-manager runs too. */
export function describeServer(backend: () => Backend, hasControllers: boolean): void {
  const start = async () => new Api(backend(), await backend().namespace());
  describeCreation(start);
  describeRefusals(start);
  describePatches(start);
  describeDeletion(start);
  describeReading(start);
  describe('watch', () => describeWatching(start));
  describeBuiltIn(start);
  (hasControllers ? describe : describe.skip)('kube-controller-manager', () => describeControllers(start));
}
