/**
 * Metadata of a merge patch that lets the API server forget who set which field of the object, in the same write. That and all later writes cost it about
 * half, until somebody uses server-side apply on the object. It works in a PATCH of the main resource only. Only for what has been ours alone: members of
 * pools and their Pods, at the moment at which a claim takes them.
 */
export const FORGET_FIELD_MANAGERS = { managedFields: [{}] };
