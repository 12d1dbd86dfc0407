import { ApiObject, Chart } from 'cdk8s';
import { type IConstruct } from 'constructs';

/** All objects of one chart below one construct: what depending on that construct means. Stands for an edge to each of them. */
class Members {
  public constructor(public readonly objects: readonly IConstruct[]) {}
}

type Vertex = IConstruct | Members;

/**
 * The order in which an app's charts and objects are written: that of cdk8s's own dependency graph, in linear time.
 *
 * cdk8s makes an edge from each object of the dependent to each object of the dependency and walks every path of that graph anew, which
 * is exponential in the number of layers. Here one vertex stands for all objects of a dependency, and each vertex is walked once; the
 * order is the same, because cdk8s too lists a construct only the first time it comes by. The constructs are not changed.
 */
export class SynthesisOrder {
  /** True when one chart depends on another, which is when cdk8s numbers its files. */
  public readonly hasDependentCharts: boolean;
  private readonly edges = new Map<IConstruct, Set<Vertex>>();
  private readonly members = new Map<IConstruct, Members>();

  public constructor(private readonly app: IConstruct) {
    const all = app.node.findAll();
    for (const construct of all) for (const target of construct.node.dependencies) this.addEdge(construct, target);
    this.hasDependentCharts = this.addChartEdges(all);
    for (const [source, target] of this.constructEdges(all)) this.addObjectEdges(source, target);
  }

  /** All charts of the app; those depended on come first. */
  public charts(): Chart[] {
    const all = this.app.node.findAll();
    return this.topology(indexedFirst(all)).filter((construct): construct is Chart => Chart.isChart(construct));
  }

  /** The objects of a chart without those of the charts inside it; those depended on come first. */
  public objects(chart: Chart): ApiObject[] {
    return this.topology(chart.node.findAll())
      .filter((construct): construct is ApiObject => ApiObject.isApiObject(construct))
      .filter((object) => Chart.of(object) === chart);
  }

  private addEdge(source: IConstruct, target: Vertex): void {
    const targets = this.edges.get(source);
    if (targets) targets.add(target);
    else this.edges.set(source, new Set([target]));
  }

  /** The edges of the moment between constructs, in tree order, as cdk8s lists them before each of its passes. */
  private constructEdges(all: readonly IConstruct[]): [IConstruct, IConstruct][] {
    if (this.edges.size === 0) return [];
    return all.flatMap((source) => {
      const targets = [...(this.edges.get(source) ?? [])];
      return targets.flatMap((target): [IConstruct, IConstruct][] => (target instanceof Members ? [] : [[source, target]]));
    });
  }

  /** A chart depends on the charts inside it, and on the charts of whatever its constructs depend on. */
  private addChartEdges(all: readonly IConstruct[]): boolean {
    let found = false;
    const add = (source: IConstruct, target: IConstruct) => {
      this.addEdge(source, target);
      found = true;
    };
    for (const parent of all.filter((construct) => Chart.isChart(construct))) {
      for (const child of parent.node.children.filter((construct) => Chart.isChart(construct))) add(parent, child);
    }
    for (const [source, target] of this.constructEdges(all)) {
      const [from, to] = [Chart.of(source), Chart.of(target)];
      if (from !== to) add(from, to);
    }
    return found;
  }

  private addObjectEdges(source: IConstruct, target: IConstruct): void {
    const sources = this.membersOf(source).objects;
    const targets = this.membersOf(target);
    if (targets.objects.length === 0) return;
    // Only when one contains the other can an object be on both sides; it never depends on itself.
    const overlapping = source.node.scopes.includes(target) || target.node.scopes.includes(source);
    for (const object of sources) {
      if (!overlapping) this.addEdge(object, targets);
      else for (const other of targets.objects) if (other !== object) this.addEdge(object, other);
    }
  }

  private membersOf(construct: IConstruct): Members {
    const known = this.members.get(construct);
    if (known) return known;
    const chart = Chart.of(construct);
    const members = new Members(construct.node.findAll().filter((below) => ApiObject.isApiObject(below) && Chart.of(below) === chart));
    this.members.set(construct, members);
    return members;
  }

  /** `scope` with what is depended on before what depends on it; edges that leave the scope do not count. */
  private topology(scope: readonly IConstruct[]): readonly IConstruct[] {
    if (this.edges.size === 0) return scope;
    // By path, as cdk8s does: a construct that was removed and made anew is still depended on.
    const inside = new Map(scope.map((construct) => [construct.node.path, construct]));
    const outbound = (vertex: Vertex): Vertex[] => {
      const targets = vertex instanceof Members ? vertex.objects : [...(this.edges.get(vertex) ?? [])];
      return targets.flatMap((target) => (target instanceof Members ? target : (inside.get(target.node.path) ?? [])));
    };
    const walk = new Walk(outbound);
    const dependedOn = new Set(this.targets(scope).map((target) => target.node.path));
    for (const construct of scope) if (!dependedOn.has(construct.node.path)) walk.from(construct);
    // What no root reaches is on a cycle, or behind one.
    for (const construct of scope) walk.from(construct);
    return walk.constructs;
  }

  /** What the constructs of `scope` depend on. */
  private targets(scope: readonly IConstruct[]): readonly IConstruct[] {
    const vertices = new Set(scope.flatMap((construct) => [...(this.edges.get(construct) ?? [])]));
    return [...vertices].flatMap((vertex) => (vertex instanceof Members ? vertex.objects : vertex));
  }
}

/** A depth-first walk that lists each construct once, after everything it depends on. With its own stack: chains may be long. */
class Walk {
  public readonly constructs: IConstruct[] = [];
  private readonly done = new Set<Vertex>();
  private readonly open = new Set<Vertex>();

  public constructor(private readonly outbound: (vertex: Vertex) => readonly Vertex[]) {}

  public from(root: Vertex): void {
    if (this.done.has(root)) return;
    const stack = [this.enter(root)];
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const next = top.rest.next();
      if (next.done) {
        this.leave(top.vertex);
        stack.pop();
      } else if (this.open.has(next.value)) throw new Error(`Dependency cycle detected: ${this.cycle(next.value)}. Remove one of these dependencies.`);
      else if (!this.done.has(next.value)) stack.push(this.enter(next.value));
    }
  }

  private enter(vertex: Vertex): { readonly vertex: Vertex; readonly rest: Iterator<Vertex, undefined> } {
    this.open.add(vertex);
    return { vertex, rest: this.outbound(vertex).values() };
  }

  private leave(vertex: Vertex): void {
    this.open.delete(vertex);
    this.done.add(vertex);
    if (!(vertex instanceof Members)) this.constructs.push(vertex);
  }

  /** The constructs from `start` to the one that depends on it again; `open` is in the order of the walk. */
  private cycle(start: Vertex): string {
    const open = [...this.open];
    const vertices = [...open.slice(open.indexOf(start)), start];
    const paths = vertices.flatMap((vertex) => (vertex instanceof Members ? [] : [vertex.node.path]));
    // A cycle entered through a group has no construct at its start to close it with.
    if (start instanceof Members && paths[0] !== undefined) paths.push(paths[0]);
    return paths.join(' => ');
  }
}

/**
 * cdk8s keeps constructs in a JavaScript object by path, and such an object lists keys that are array indices first. Only the path of a
 * child of the app can look like one: a chart named `0`.
 */
function indexedFirst(all: readonly IConstruct[]): readonly IConstruct[] {
  const isIndexed = ({ node }: IConstruct) => node.scope !== undefined && /^(?:0|[1-9][0-9]*)$/.test(node.path) && Number(node.path) < 2 ** 32 - 1;
  return [...all.filter((construct) => isIndexed(construct)), ...all.filter((construct) => !isIndexed(construct))];
}
