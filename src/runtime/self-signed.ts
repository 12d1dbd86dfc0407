import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { hostname } from 'node:os';

/** A certificate and its key in PEM form. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

const YEAR_MS = 365 * 24 * 3600 * 1000;
// Nobody can check such a certificate, so nothing is won by its early end.
const YEARS = 10;
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const COMMON_NAME = '2.5.4.3';
const SUBJECT_ALT_NAME = '2.5.29.17';

/**
 * A certificate for `localhost` and this machine that nobody but its own key has signed. Node.js cannot make one, and the packages that can
 * are larger than the rest of the controller; what is needed of X.509 are these few lines of DER.
 */
export function selfSigned(nowMs: number): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(oid(ECDSA_WITH_SHA256));
  const name = sequence(der(SET, sequence(oid(COMMON_NAME), der(UTF8_STRING, Buffer.from('agent-sandbox-controller')))));
  const names = ['localhost', hostname()].map((host) => der(DNS_NAME, Buffer.from(host)));
  const body = sequence(
    // Version 3, the only one with extensions.
    der(EXPLICIT_0, integer(Buffer.from([2]))),
    integer(randomBytes(16)),
    algorithm,
    name,
    // An hour for clocks that are slow.
    sequence(time(nowMs - 3600_000), time(nowMs + YEARS * YEAR_MS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(EXPLICIT_3, sequence(sequence(oid(SUBJECT_ALT_NAME), der(OCTET_STRING, sequence(...names))))),
  );
  const signature = der(BIT_STRING, Buffer.from([0]), sign('sha256', body, privateKey));
  const base64 = sequence(body, algorithm, signature)
    .toString('base64')
    .replace(/.{1,64}/g, '$&\n');
  return { cert: `-----BEGIN CERTIFICATE-----\n${base64}-----END CERTIFICATE-----\n`, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const SET = 0x31;
const DNS_NAME = 0x82;
const EXPLICIT_0 = 0xa0;
const EXPLICIT_3 = 0xa3;

/** One value: tag, length, content. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => der(SEQUENCE, ...parts);

/** A positive number, big-endian, in the fewest bytes: DER forbids needless zeros, and needs one that keeps it from being read as a negative number. */
function integer(bytes: Buffer): Buffer {
  // -1, the last byte, where all are zero.
  const firstDigit = bytes.findIndex((byte) => byte !== 0);
  const digits = bytes.subarray(firstDigit);
  return der(INTEGER, (digits[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), digits]) : digits);
}

/** The first two numbers share a byte; each other has seven bits per byte, all but its last marked. */
function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = rest.flatMap((number) => {
    const groups = [number & 0x7f];
    for (let left = number >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return der(OBJECT_IDENTIFIER, Buffer.from([first * 40 + second, ...bytes]));
}

/** Until 2049 with two digits of the year, as RFC 5280 has it. */
function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '');
  return digits < '2050' ? der(UTC_TIME, Buffer.from(digits.slice(2))) : der(GENERALIZED_TIME, Buffer.from(digits));
}
