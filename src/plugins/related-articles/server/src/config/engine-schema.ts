import { X509Certificate } from 'node:crypto';

import { z } from 'zod';

import { SEARCH_CLIENTS, WHEN_AWAY } from './options';

// The types in `options.ts` document each option's meaning, unit, range and default.

const address = z.string().refine(
  (text) => {
    if (!/^https?:\/\/[^/\s]/.test(text) || !URL.canParse(text)) return false;
    const { username, password } = new URL(text);
    return isDecodable(username) && isDecodable(password);
  },
  { error: 'Expected an address such as "https://search.example.org:9200".' },
);

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

const nodes = z
  .array(address)
  .min(1)
  .refine((list) => new Set(list.map(asUrl)).size === list.length, 'Expected each address once.');

const asUrl = (text: string): string => (URL.canParse(text) ? new URL(text).href : text);

/** Node ignores what it cannot read, and each connection then fails with a message that names no option. */
function areCertificates(text: string): boolean {
  const found = text.match(/-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----[^]*?-----END \1?CERTIFICATE-----/g); // prettier-ignore
  try {
    return text === '' || (found ?? []).map((one) => new X509Certificate(one)).length > 0;
  } catch {
    return false;
  }
}

const MAX_REPLICAS = 10;
const REPLICAS = `Expected a number from 0 to ${MAX_REPLICAS}, or a range such as "0-1" or "0-all".`;

/** The cluster would refuse any other range only once the site runs. */
const replicaRange = z.string().refine((text) => {
  const [, least, most] = /^(\d{1,9})-(\d{1,9}|all)$/.exec(text) ?? [];
  return most !== undefined && (most === 'all' || Number(least) <= Number(most));
}, REPLICAS);

export const openSearchSchema = z.strictObject({
  kind: z.literal('opensearch'),
  node: z.union([address, nodes], {
    error: 'Expected the address of a node, or a list of different ones.',
  }),
  client: z.enum(SEARCH_CLIENTS).default('opensearch'),
  auth: z.strictObject({ username: z.string().min(1), password: z.string() }).optional(),
  tls: z
    .strictObject({
      ca: z
        .string()
        .refine(
          areCertificates,
          'Expected certificates in the PEM format: the content of a file with its line breaks, not its name.',
        )
        .optional(),
      rejectUnauthorized: z.boolean().optional(),
    })
    .optional(),
  indexPrefix: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,99}$/, 'Expected lower-case letters, digits, "-" and "_".')
    .default('related-articles-'),
  shards: z.number().int().min(1).max(100).default(1),
  replicas: z
    .union([z.number().int().min(0).max(MAX_REPLICAS), replicaRange], { error: REPLICAS })
    .default('0-1'),
  requestTimeout: z.number().int().min(100).max(60_000).default(3000),
  serveStaleFor: z.number().int().min(0).max(86_400).default(300),
  whenAway: z.enum(WHEN_AWAY).default('error'),
});

export const engineSchema = z
  .discriminatedUnion('kind', [z.strictObject({ kind: z.literal('embedded') }), openSearchSchema], {
    error: 'Expected { kind: "embedded" } or { kind: "opensearch", node: "https://…" }.',
  })
  .default({ kind: 'embedded' });

export type OpenSearchConfig = z.output<typeof openSearchSchema>;
