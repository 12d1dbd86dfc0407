import type { Bounds, Flag } from './flag';

const TRUE = ['1', 't', 'T', 'true', 'TRUE', 'True'];
const FALSE = ['0', 'f', 'F', 'false', 'FALSE', 'False'];

/** Units of a Go duration in milliseconds, the greatest first. `µ` has two code points in Unicode. */
const MS_BY_UNIT: Readonly<Record<string, number>> = { h: 3.6e6, m: 6e4, s: 1e3, ms: 1, us: 1e-3, µs: 1e-3, μs: 1e-3, ns: 1e-6 };
const INT = /^[-+]?[0-9]+$/;
const FLOAT = /^[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?$/;
const DURATION = /^(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h))+$/;
// A Go duration is an int64 of nanoseconds; more does not parse there.
const LONGEST_MS = 9_223_372_036_854;

/** What is wrong with a value of a flag, as the end of a sentence that begins with its name; undefined if nothing is. */
export function problemOfValue(flag: Flag, value: string): string | undefined {
  if (value === '' && flag.default === '') return undefined;
  const parts = flag.type === 'list' ? listItems(value) : [value];
  const wrong = parts.find((part) => !accepts(flag, part));
  return wrong === undefined ? undefined : `found ${JSON.stringify(wrong)}, expected ${expectedOf(flag)}`;
}

/** What a flag accepts, in words; of a list, what each item is. */
export function expectedOf(flag: Flag): string {
  switch (flag.type) {
    case 'bool':
      return 'true or false';
    case 'int':
      return `a whole number${boundsText(flag, String)}`;
    case 'float':
      return `a finite number${boundsText(flag, String)}`;
    case 'duration':
      return `a duration${boundsText(flag, durationText)} such as 300ms, 1.5s or 1h30m`;
    case 'enum':
      return `one of ${flag.values.join(', ')}`;
    default:
      return flag.form?.expected ?? 'a text';
  }
}

/** A boolean in one of the forms of the command line, or undefined. */
export function parseBool(value: string): boolean | undefined {
  if (TRUE.includes(value)) return true;
  return FALSE.includes(value) ? false : undefined;
}

/** Milliseconds of a Go duration such as `300ms`, `-1.5h`, `1h30m` or `0`; undefined if it is none. */
export function parseDuration(value: string): number | undefined {
  const [, sign, body = ''] = /^([-+]?)(.*)$/.exec(value) ?? [];
  if (body === '0') return 0;
  if (!DURATION.test(body)) return undefined;
  let ms = 0;
  for (const [, number, unit = ''] of body.matchAll(/([0-9.]+)([a-z\u00b5\u03bc]+)/g)) ms += Number(number) * (MS_BY_UNIT[unit] ?? NaN);
  if (ms > LONGEST_MS) return undefined;
  return sign === '-' ? -ms : ms;
}

/** The shortest Go duration of a whole number of milliseconds from 0 on, such as `1h30m`; zero is `0`. */
export function durationText(ms: number): string {
  let rest = ms;
  let text = '';
  for (const unit of ['h', 'm', 's', 'ms']) {
    const size = MS_BY_UNIT[unit] ?? NaN;
    const whole = Math.floor(rest / size);
    rest -= whole * size;
    if (whole > 0) text += `${whole}${unit}`;
  }
  return text || '0';
}

/** The items of a list value: trimmed, empty ones dropped. */
export function listItems(value: string): string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function accepts(flag: Flag, value: string): boolean {
  switch (flag.type) {
    case 'bool':
      return parseBool(value) !== undefined;
    case 'int':
      return INT.test(value) && Number.isSafeInteger(Number(value)) && isInside(flag, Number(value));
    case 'float':
      return FLOAT.test(value) && Number.isFinite(Number(value)) && isInside(flag, Number(value));
    case 'duration':
      return isInside(flag, parseDuration(value) ?? NaN);
    case 'enum':
      return flag.values.includes(value);
    default:
      return flag.form?.pattern.test(value) ?? true;
  }
}

/** False for NaN too. */
const isInside = ({ min = -Infinity, above = -Infinity, max = Infinity }: Bounds, number: number): boolean => number >= min && number > above && number <= max;

function boundsText({ min, above, max }: Bounds, show: (number: number) => string): string {
  const bounds = [
    ...(min === undefined ? [] : [`of at least ${show(min)}`]),
    ...(above === undefined ? [] : [`above ${show(above)}`]),
    ...(max === undefined ? [] : [`at most ${show(max)}`]),
  ];
  return bounds.length === 0 ? '' : ` ${bounds.join(' and ')}`;
}
