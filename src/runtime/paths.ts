import type { ApiRequest, WatchRequest } from './transport';

/** Path and query of a request, below the address of the server. */
export function pathOf({ resource, namespace, name, subresource, query }: ApiRequest): string {
  const parts = [collectionOf({ resource, namespace }), name, subresource].filter((part) => part !== undefined);
  return `${parts.join('/')}${queryText(query ?? {})}`;
}

/** Path and query of a watch. */
export function watchPathOf(request: WatchRequest): string {
  return collectionOf(request) + queryText(watchQueryOf(request));
}

function watchQueryOf({ labelSelector, resourceVersion, initialEvents, timeoutSeconds }: WatchRequest): Readonly<Record<string, string>> {
  return {
    watch: 'true',
    allowWatchBookmarks: 'true',
    timeoutSeconds: String(timeoutSeconds),
    ...(labelSelector !== undefined && { labelSelector }),
    ...(resourceVersion !== undefined && { resourceVersion }),
    // Without a resourceVersion NotOlderThan means the newest: the state that it begins with is as consistent as that of a list.
    ...(initialEvents === true && { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' }),
  };
}

function collectionOf({ resource: { group, version, plural }, namespace }: Pick<ApiRequest, 'resource' | 'namespace'>): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return namespace === '' ? `${root}/${plural}` : `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
}

function queryText(query: Readonly<Record<string, string>>): string {
  const text = new URLSearchParams(query).toString();
  return text === '' ? '' : `?${text}`;
}
