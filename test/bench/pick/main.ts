import { formatSpread, ratios, spreadOf } from '../spread';
import { pickTimes } from './pick';

const SIZES = [100, 2000];
const PICKS = { rounds: 9, picks: 20_000 };

/** How long the allocator takes to promise the best member of a pool, small and large. */
function main(): void {
  const [small = [], large = []] = [...pickTimes(SIZES, PICKS).values()];
  console.log(
    `${spreadOf(small).median.toFixed(2)} µs of ${SIZES[0]} members, ${spreadOf(large).median.toFixed(2)} µs of ${SIZES[1]}; ratio ${formatSpread(ratios(large, small))}`,
  );
}

main();
