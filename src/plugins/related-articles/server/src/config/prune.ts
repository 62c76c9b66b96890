import { isLocalized, type Schema, type Schemas } from './attributes';
import type { ValidatedConfig } from './schema';

/**
 * The configuration, minus anything that the project's schemas do not (or no longer) have: attributes, and types
 * without a title. For development only, where deleting a field in the Content-Type Builder should not stop the server.
 */
export function pruneConfig(config: ValidatedConfig, schemas: Schemas): ValidatedConfig {
  const contentTypes: ValidatedConfig['contentTypes'] = {};
  for (const [uid, type] of Object.entries(config.contentTypes)) {
    const schema = Object.hasOwn(schemas, uid) ? schemas[uid] : undefined;
    if (!schema) continue;
    const has = (name: string) => Object.hasOwn(schema.attributes, name);
    if (!has(type.title)) continue;
    const present = <T>(options: Record<string, T>): Record<string, T> =>
      Object.fromEntries(Object.entries(options).filter(([name]) => has(name)));
    const slug = type.slug !== undefined && has(type.slug) ? type.slug : undefined;
    const date = type.date !== undefined && has(type.date) ? type.date : undefined;
    contentTypes[uid] = {
      ...type,
      picked: type.picked !== undefined && has(type.picked) ? type.picked : undefined,
      ...(type.rules && { rules: presentRules(type.rules, has, date !== undefined) }),
      slug,
      // Without a slug, addresses that contain one can no longer be recognised, nor those by locale without locales.
      url: slug === type.slug && mayHaveUrl(type.url, schema) ? type.url : undefined,
      date,
      text: present(type.text),
      relations: withLabels(present(type.relations), schema, schemas),
      allowPrivate: type.allowPrivate.filter((path) => has(path.split('.')[0])),
      signals: Object.fromEntries(
        Object.entries(type.signals).filter(([, { attributes: named }]) => named.every(has)),
      ),
    };
  }
  return { ...config, contentTypes };
}

type Relations = ValidatedConfig['contentTypes'][string]['relations'];

/** Leaves out labels that the related type no longer has. */
function withLabels(relations: Relations, { attributes }: Schema, schemas: Schemas): Relations {
  const hasLabel = (name: string, label: string) => {
    const target = schemas[attributes[name].target ?? ''] as Schema | undefined;
    return target !== undefined && Object.hasOwn(target.attributes, label);
  };
  return Object.fromEntries(
    Object.entries(relations).map(([name, { label, ...rest }]) => [
      name,
      label !== undefined && hasLabel(name, label) ? { ...rest, label } : rest,
    ]),
  );
}

const mayHaveUrl = (url: ValidatedConfig['contentTypes'][string]['url'], schema: Schema): boolean =>
  isLocalized(schema) || (!/:locale\b/.test(String(url)) && typeof url !== 'object');

type RulesConfig = NonNullable<ValidatedConfig['contentTypes'][string]['rules']>;

function presentRules(
  rules: RulesConfig,
  has: (name: string) => boolean,
  isDated: boolean,
): RulesConfig {
  const only = <T>(byRelation: Record<string, T>): Record<string, T> =>
    Object.fromEntries(Object.entries(byRelation).filter(([name]) => has(name)));
  return {
    ...rules,
    halfLife: isDated ? rules.halfLife : undefined,
    never: only(rules.never),
    atMost: only(rules.atMost),
    favour: only(rules.favour),
    same: rules.same.filter(has),
    different: rules.different.filter(has),
    ignore: rules.ignore.filter(has),
    place: rules.place.filter(({ relation }) => has(relation)),
  };
}
