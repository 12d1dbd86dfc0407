/** A mistake of whoever runs the bench: its message says all, a stack would say nothing. */
export class UserError extends Error {}
