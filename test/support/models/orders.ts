/** What a model answers to an ask, and what it is afterwards. */
export type Step<Model, Ask, Told> = (model: Model, ask: Ask) => readonly [Model, Told];

/**
 * The models that are left where asks that ran at the same time took effect one after the other, in each order in which the model
 * gives the answers they got; none where there is no such order, that is where they were not linearizable. An ask that gave up on a
 * conflict did nothing.
 */
export function ordersOf<Model, Ask, Told extends { readonly code?: unknown }>(
  model: Model,
  asked: readonly { readonly ask: Ask; readonly told: Told }[],
  step: Step<Model, Ask, Told>,
): readonly Model[] {
  if (asked.length === 0) return [model];
  return asked.flatMap(({ ask, told }, index) => {
    const others = asked.toSpliced(index, 1);
    if (told.code === 'Conflict') return ordersOf(model, others, step);
    const [after, expected] = step(model, ask);
    return JSON.stringify(expected) === JSON.stringify(told) ? ordersOf(after, others, step) : [];
  });
}
