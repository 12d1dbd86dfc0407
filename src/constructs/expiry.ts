import { type Duration } from 'cdk8s';

/** When an object expires. Always a fixed moment: a moment counted from the synthesis would change in every run. */
export class Expiry {
  /** At a moment, given as RFC 3339 such as `2027-01-31T18:00:00Z`. Throws if the text is no time. */
  public static at(time: string): Expiry {
    const date = new Date(time);
    if (Number.isNaN(date.getTime())) throw new Error(`Expiry.at(${JSON.stringify(time)}): not a time; expected RFC 3339 such as 2027-01-31T18:00:00Z`);
    return new Expiry(date);
  }

  /** At a moment. */
  public static atDate(date: Date): Expiry {
    return new Expiry(date);
  }

  /** Some time after a fixed start. */
  public static after(duration: Duration, start: Date): Expiry {
    return new Expiry(new Date(start.getTime() + duration.toMilliseconds()));
  }

  private constructor(private readonly date: Date) {}

  /** The moment as RFC 3339 in UTC with seconds. */
  public toIsoString(): string {
    return this.date.toISOString().replace(/\.\d{3}Z$/, 'Z');
  }

  /** Whether the moment has passed. */
  public isPast(): boolean {
    return this.date.getTime() <= Date.now();
  }
}

/** What is wrong with the expiry of an object that is to be made. */
export function expiryProblems(expiry: Expiry | undefined): string[] {
  return expiry?.isPast() ? [`expiry: ${expiry.toIsoString()} has passed, so the object would expire at once; choose a later moment, or remove it`] : [];
}
