import { collatorFor } from 'plugin/services/site/overview';

test.each(['x-klingon', 'en_GB', 'a', null, 'de'])(
  'titles are sorted in the locale %s',
  (locale) => {
    expect(['Zebra', 'apple', 'Äpfel'].sort(collatorFor(locale).compare)[2]).toBe('Zebra');
  },
);
