/** An element of SVG as text; what stands in it are elements. */
export type Svg = string;

export type Attributes = Readonly<Record<string, string | number>>;

export function element(name: string, attributes: Attributes, ...children: readonly Svg[]): Svg {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${typeof value === 'number' ? short(value) : escaped(value)}"`);
  const head = `<${name}${written.join('')}`;
  return children.length === 0 ? `${head}/>` : `${head}>${children.join('')}</${name}>`;
}

export const text = (at: Attributes, content: string): Svg => element('text', at, escaped(content));

export const group = (attributes: Attributes, ...children: readonly Svg[]): Svg => `${element('g', attributes, '\n', children.join('\n'), '\n')}`;

/** Coordinates to a hundredth of a pixel. */
export const short = (value: number): string => `${Math.round(value * 100) / 100}`;

// XML 1.0 knows no other control characters than these three.
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escaped = (content: string): string => content.replace(FORBIDDEN, '?').replace(/[&<>"]/g, (sign) => ENTITIES[sign] ?? sign);
