export function DocumentFacts(_: { id: string }) { return null; }
