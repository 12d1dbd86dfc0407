import type { ApiRequest } from '../../../src/runtime/transport';
import { frozen, withMembers } from './json';
import { Refusal } from './refusal';
import type { ResourceType } from './resource-types';
import { selectorOf } from './selector';
import type { Store } from './store';
import type { Stored } from './stored';
import { tooLarge } from './watch-source';

interface Page {
  readonly revision: number;
  readonly rest: readonly Stored[];
}

const EXPIRED =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

/** LIST, in pages if asked for. All pages of a list show the state of its first. */
export class Lists {
  private readonly pages = new Map<string, Page>();

  constructor(private readonly store: Store) {}

  public list(type: ResourceType, { namespace, query = {} }: ApiRequest): object {
    const page = query.continue ? this.pageOf(query.continue) : this.firstPage(type, namespace, query);
    const limit = Number(query.limit ?? 0) || page.rest.length;
    const rest = page.rest.slice(limit);
    const next = rest.length > 0 ? this.keep({ revision: page.revision, rest }) : undefined;
    const items = page.rest.slice(0, limit);
    return frozen({
      apiVersion: type.apiVersion,
      kind: `${type.kind}List`,
      metadata: { resourceVersion: String(page.revision), continue: next ?? (type.isCustom ? '' : undefined), ...remaining(rest.length, query) },
      // In lists of built-in resources the items do not say what they are.
      items: type.isCustom ? items : items.map((item) => withMembers(item, { apiVersion: undefined, kind: undefined })),
    });
  }

  private firstPage(type: ResourceType, namespace: string, { labelSelector, resourceVersion = '' }: Readonly<Record<string, string>>): Page {
    const { revision } = this.store;
    if (Number(resourceVersion) > revision) throw tooLarge(Number(resourceVersion), revision);
    return { revision, rest: this.store.list(type, namespace).filter(selectorOf(labelSelector)) };
  }

  private pageOf(token: string): Page {
    const page = this.pages.get(token);
    if (!page) throw new Refusal(400, 'BadRequest', 'invalid continue token: continue key is not valid');
    if (page.revision < this.store.oldest) throw new Refusal(410, 'Expired', EXPIRED);
    return page;
  }

  private keep(page: Page): string {
    const token = `page-${this.pages.size + 1}`;
    this.pages.set(token, page);
    return token;
  }
}

const remaining = (count: number, { labelSelector }: Readonly<Record<string, string>>): object =>
  count > 0 && !labelSelector ? { remainingItemCount: count } : {};
