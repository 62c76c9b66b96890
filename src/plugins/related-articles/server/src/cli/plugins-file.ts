import { parse } from '@babel/parser';
import type { Expression, ObjectExpression, Program, Statement } from '@babel/types';

import { PLUGIN_ID } from '../constants';

/** Why the configuration cannot be added to a `config/plugins` file. */
export type Obstacle = 'configured' | 'unclear';

const TYPE_IMPORT =
  "import type { RelatedArticlesConfig } from 'strapi-plugin-related-articles/strapi-server';\n";

/**
 * Adds the plugin's configuration to the text of a `config/plugins` file and keeps everything else.
 *
 * @param text The file as it is; `null` when there is none yet.
 * @returns `configured` if the file already has the plugin, `unclear` if its exported object was not found.
 */
export function addConfiguration(
  text: string | null,
  contentTypes: Record<string, unknown>,
  typescript: boolean,
): { text: string } | Obstacle {
  const property = `'${PLUGIN_ID}': ${renderPlugin(contentTypes, typescript)},`;
  const typeImport = typescript ? TYPE_IMPORT : '';
  if (text === null) {
    const exported = typescript ? 'export default () => ({' : 'module.exports = () => ({';
    return { text: `${typeImport}${typeImport && '\n'}${exported}\n  ${property}\n});\n` };
  }
  const { program } = parse(text, { sourceType: 'module', plugins: ['typescript'] });
  // If the plugin is named anywhere, as a key, by assignment or in a comment, better leave the file alone.
  if (text.includes(PLUGIN_ID)) return 'configured';
  const object = exportedObject(program);
  if (!object) return 'unclear';
  const start = (object.start as number) + 1;
  const rest = text.slice(start);
  const separator = object.properties.length === 0 ? '\n' : '';
  const changed = `${text.slice(0, start)}\n  ${property}${separator}${rest}`;
  const isImported = text.includes('RelatedArticlesConfig');
  return {
    text: typeImport === '' || isImported ? changed : withImport(changed, program, typeImport),
  };
}

function withImport(text: string, { body }: Program, typeImport: string): string {
  const imports = body.filter(({ type }) => type === 'ImportDeclaration');
  const last = imports.at(-1);
  if (!last) return `${typeImport}\n${text}`;
  const at = last.end as number;
  return `${text.slice(0, at)}\n${typeImport.trimEnd()}${text.slice(at)}`;
}

/** The object that the file exports, directly, by name or from a function. */
function exportedObject({ body }: Program): ObjectExpression | null {
  for (const statement of body) {
    if (statement.type === 'ExportDefaultDeclaration') {
      return objectIn(statement.declaration as Expression, body);
    }
    if (statement.type !== 'ExpressionStatement') continue;
    const { expression } = statement;
    if (
      expression.type === 'AssignmentExpression' &&
      expression.left.type === 'MemberExpression' &&
      nameOf(expression.left.object) === 'module' &&
      nameOf(expression.left.property) === 'exports'
    ) {
      return objectIn(expression.right, body);
    }
  }
  return null;
}

function objectIn(node: Expression | null | undefined, body: Statement[]): ObjectExpression | null {
  switch (node?.type) {
    case 'ObjectExpression':
      return node;
    case 'Identifier':
      return objectIn(valueOf(node.name, body), body);
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'ParenthesizedExpression':
      return objectIn(node.expression, body);
    case 'ArrowFunctionExpression':
    case 'FunctionExpression': {
      if (node.body.type !== 'BlockStatement') return objectIn(node.body, body);
      // Only plain constants and one return: otherwise, it is not certain which object counts.
      const inner = node.body.body;
      const last = inner.at(-1);
      const isPlain = inner.slice(0, -1).every(({ type }) => type === 'VariableDeclaration');
      if (!isPlain || last?.type !== 'ReturnStatement') return null;
      const names = node.params.flatMap((param) =>
        param.type === 'Identifier' ? [param.name] : [],
      );
      const { argument } = last;
      if (argument?.type === 'Identifier' && names.includes(argument.name)) return null;
      return objectIn(argument, [...inner, ...body]);
    }
    default:
      return null;
  }
}

function valueOf(name: string, body: Statement[]): Expression | null {
  for (const statement of body) {
    // What is not constant may be reassigned later.
    if (statement.type !== 'VariableDeclaration' || statement.kind !== 'const') continue;
    for (const { id, init } of statement.declarations) {
      if (id.type === 'Identifier' && id.name === name) return init ?? null;
    }
  }
  return null;
}

function nameOf(node: { type: string }): string | null {
  if (node.type === 'Identifier') return (node as { name?: string }).name ?? null;
  return node.type === 'StringLiteral' ? ((node as { value?: string }).value ?? null) : null;
}

function renderPlugin(contentTypes: Record<string, unknown>, typescript: boolean): string {
  const check = typescript ? ' satisfies RelatedArticlesConfig' : '';
  const config = render({ contentTypes }, 2);
  return `{\n    enabled: true,\n    config: ${config}${check},\n  }`;
}

/** Renders an object as source code, indented by two spaces per level. */
function render(value: unknown, level: number): string {
  if (typeof value === 'string') return `'${value.replace(/[\\']/g, '\\$&')}'`;
  if (typeof value !== 'object' || value === null) return String(value);
  const inner = '  '.repeat(level + 1);
  const entries = Object.entries(value).map(([key, entry]) => {
    const name = /^[A-Za-z_$][\w$]*$/.test(key) ? key : `'${key}'`;
    return `${inner}${name}: ${render(entry, level + 1)},\n`;
  });
  return `{\n${entries.join('')}${'  '.repeat(level)}}`;
}
