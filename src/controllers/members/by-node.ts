import type { ObjectMeta } from '../../runtime/object';
import { Heap } from './heap';
import { SortedList } from './sorted-list';
import type { Place } from './stock';

/** Places of one class: from the node that has most of them, the oldest first; those without a node last. */
export class ByNode {
  public size = 0;
  private readonly nodes = new Map<string, Node>();
  private readonly order = new Heap<Node>((one, other) => isNodeBefore(one, other));

  public best(): Place | undefined {
    return this.order.first?.places.first;
  }

  public add(place: Place): void {
    const { nodeName } = place.member;
    const node = this.nodes.get(nodeName) ?? { name: nodeName, places: new SortedList<Place>(isOlder) };
    this.nodes.set(nodeName, node);
    node.places.add(place);
    this.order.add(node);
    this.size++;
  }

  public remove(place: Place): void {
    const node = this.nodes.get(place.member.nodeName);
    if (!node) return;
    node.places.remove(place);
    this.size--;
    if (node.places.size > 0) return this.order.moved(node);
    this.order.remove(node);
    this.nodes.delete(node.name);
  }
}

interface Node {
  readonly name: string;
  readonly places: SortedList<Place>;
}

function isNodeBefore(one: Node, other: Node): boolean {
  const isNameless = one.name === '';
  if (isNameless !== (other.name === '')) return !isNameless;
  if (one.places.size !== other.places.size) return one.places.size > other.places.size;
  const [a, b] = [one.places.first, other.places.first];
  return a !== undefined && b !== undefined && isOlder(a, b);
}

// Asked at every step through a heap: there two numbers cost a fraction of two texts.
const isOlder = (one: Place, other: Place): boolean =>
  one.bornMs === other.bornMs ? one.member.sandbox.metadata.name < other.member.sandbox.metadata.name : one.bornMs < other.bornMs;

/** What decides who is first. */
type Aged = Pick<ObjectMeta, 'creationTimestamp' | 'name'>;

/** By age, then by name. */
export const isBefore = (one: Aged, other: Aged): boolean =>
  one.creationTimestamp === other.creationTimestamp ? one.name < other.name : one.creationTimestamp < other.creationTimestamp;
