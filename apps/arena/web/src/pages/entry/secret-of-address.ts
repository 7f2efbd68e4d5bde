/** The secret of an invite or of setting up: what stands after # in the address, which browsers send to nobody. */
export const secretOfAddress = (): string => location.hash.slice(1);
