import fc from 'fast-check';

import { read, write, type Survey } from 'plugin/services/site/survey';

const id = fc.constantFrom('a', 'b', 'c', 'd');
const surveys: fc.Arbitrary<Survey> = fc.record({
  lists: fc
    .uniqueArray(
      fc.tuple(
        id,
        fc.record({
          documentIds: fc.uniqueArray(id),
          best: fc.double({ min: 0, max: 1, noNaN: true }).map((best) => best + 0),
          copies: fc.array(fc.tuple(id, id)),
        }),
      ),
      { selector: ([key]) => key },
    )
    .map((entries) => new Map(entries)),
  deadLinks: fc.option(
    fc
      .uniqueArray(fc.tuple(id, fc.array(fc.string({ unit: 'binary' }))), {
        selector: ([key]) => key,
      })
      .map((entries) => new Map(entries)),
  ),
  madeAt: fc.nat(),
});

test('a survey is read back as it was written, but only with the same configuration', () => {
  fc.assert(
    fc.property(surveys, (survey) => {
      const text = write(survey, 'this configuration');
      expect(text).toMatch(/^[\0-\x7f]*$/);
      expect(read(text, 'this configuration')).toEqual(survey);
      expect(read(text, 'another configuration')).toBeNull();
    }),
  );
});
