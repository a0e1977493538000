// Draws the API's description. Only DOM methods: the page's policy forbids markup made from text.
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// Text with `code` in it.
function prose(text) {
  return (text ?? '').split('`').map((part, n) => (n % 2 === 1 ? element('code', {}, part) : part));
}

function lookUp(api, reference) {
  return reference.slice(2).split('/').reduce((at, part) => at?.[part], api);
}

function nameOf(reference) {
  return reference.split('/').at(-1);
}

// What a schema is, in a few words, with links to the named ones.
function kind(schema) {
  if (!schema || typeof schema !== 'object') return ['anything'];
  if (schema.$ref) {
    const name = nameOf(schema.$ref);
    return [element('a', { href: `#type-${name}` }, name)];
  }
  const choices = schema.oneOf ?? schema.anyOf ?? schema.allOf;
  if (choices) return join(choices.map(kind), schema.allOf ? ' & ' : ' | ');
  if (schema.const !== undefined) return [JSON.stringify(schema.const)];
  if (schema.enum) return [schema.enum.map((value) => JSON.stringify(value)).join(' | ')];
  const types = Array.isArray(schema.type) ? schema.type : [schema.type ?? (schema.properties ? 'object' : 'anything')];
  return join(types.map((type) => (type === 'array' ? ['list of ', ...kind(schema.items)] : [described(type, schema)])), ' | ');
}

function join(parts, between) {
  return parts.flatMap((part, n) => (n === 0 ? part : [between, ...part]));
}

function described(type, schema) {
  if (type === 'null') return 'null';
  const bounds = [
    schema.format,
    schema.minLength === undefined ? null : `at least ${schema.minLength} characters`,
    schema.maxLength === undefined ? null : `at most ${schema.maxLength} characters`,
    schema.minimum === undefined ? null : `from ${schema.minimum}`,
    schema.maximum === undefined ? null : `up to ${schema.maximum}`,
    schema.pattern ? `like ${schema.pattern}` : null,
  ].filter(Boolean);
  return bounds.length > 0 ? `${type} (${bounds.join(', ')})` : type;
}

function table(headings, rows) {
  const head = element('tr', {}, ...headings.map((text) => element('th', { scope: 'col' }, text)));
  const body = rows.map((cells) => element('tr', {}, ...cells.map((cell) => element('td', {}, ...[cell].flat()))));
  return element('div', { class: 'scroll' }, element('table', {}, element('thead', {}, head), element('tbody', {}, ...body)));
}

function properties(api, schema) {
  const whole = schema.$ref ? lookUp(api, schema.$ref) : schema;
  const parts = [whole, ...(whole?.allOf ?? [])].map((part) => (part?.$ref ? lookUp(api, part.$ref) : part));
  const rows = parts.flatMap((part) =>
    Object.entries(part?.properties ?? {}).map(([name, property]) => [
      [element('code', {}, name), part.required?.includes(name) ? '' : element('span', { class: 'soft' }, ' optional')],
      kind(property),
      prose(property.description),
    ]),
  );
  return rows.length > 0 ? table(['Field', 'Type', ''], rows) : null;
}

// An example: the one that was given, else one made from the schema.
function example(api, schema, depth = 0) {
  if (!schema || depth > 6) return null;
  if (schema.example !== undefined) return schema.example;
  if (schema.examples?.length) return schema.examples[0];
  if (schema.$ref) return example(api, lookUp(api, schema.$ref), depth + 1);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((part) => example(api, part, depth + 1)));
  const choice = (schema.oneOf ?? schema.anyOf)?.find((one) => one.type !== 'null');
  if (choice) return example(api, choice, depth + 1);
  const type = Array.isArray(schema.type) ? schema.type.find((one) => one !== 'null') : schema.type;
  if (type === 'object' || schema.properties) {
    return Object.fromEntries(
      Object.entries(schema.properties ?? {}).map(([name, property]) => [name, example(api, property, depth + 1)]),
    );
  }
  if (type === 'array') return [example(api, schema.items, depth + 1)];
  if (type === 'integer' || type === 'number') return schema.minimum ?? 1;
  if (type === 'boolean') return true;
  return schema.format === 'uuid' ? '01a1fdd2-53c2-7389-9156-1f86563b1fff' : 'text';
}

function json(value) {
  return element('pre', {}, element('code', {}, JSON.stringify(value, null, 2)));
}

function content(api, body) {
  return Object.entries(body?.content ?? {}).flatMap(([type, media]) => {
    const parts = [element('p', {}, element('code', {}, type), ' ', ...kind(media.schema))];
    if (type.includes('json') && media.schema) {
      parts.push(properties(api, media.schema), json(media.example ?? example(api, media.schema)));
    }
    return parts;
  });
}

function operation(api, path, method, what) {
  const body = element('div');
  if (what.description) body.append(element('p', {}, ...prose(what.description)));
  if (what.security?.length === 0 || what.security?.some((one) => Object.keys(one).length === 0)) {
    body.append(element('p', { class: 'soft' }, 'Needs no sign-in.'));
  }
  if (what.parameters?.length) {
    const rows = what.parameters.map((one) => [
      [element('code', {}, one.name), one.required ? '' : element('span', { class: 'soft' }, ' optional')],
      one.in,
      kind(one.schema),
      prose(one.description),
    ]);
    body.append(element('h4', {}, 'Parameters'), table(['Name', 'In', 'Type', ''], rows));
  }
  if (what.requestBody) body.append(element('h4', {}, 'Body'), ...content(api, what.requestBody).filter(Boolean));
  for (const [status, response] of Object.entries(what.responses ?? {})) {
    body.append(element('h4', {}, `${status} ${response.description ?? ''}`));
    if (/^2/.test(status)) body.append(...content(api, response).filter(Boolean));
  }
  const summary = element(
    'summary',
    {},
    element('span', { class: `method ${method}` }, method.toUpperCase()),
    element('span', { class: 'path' }, element('code', {}, path)),
    element('span', { class: 'what' }, ...prose(what.summary)),
  );
  const words = [path, method, what.summary, what.description, what.operationId].join(' ').toLowerCase();
  return element('details', { id: idOf(method, path), 'data-words': words }, summary, body);
}

function idOf(method, path) {
  return `${method}${path.replaceAll(/[^a-z0-9]+/gi, '-')}`;
}

function collect(api) {
  const byTag = new Map((api.tags ?? []).map((tag) => [tag.name, { about: tag.description, operations: [] }]));
  for (const [path, item] of Object.entries(api.paths ?? {})) {
    for (const method of METHODS.filter((name) => item[name])) {
      const tag = item[method].tags?.[0] ?? 'other';
      if (!byTag.has(tag)) byTag.set(tag, { about: '', operations: [] });
      byTag.get(tag).operations.push({ path, method, what: item[method] });
    }
  }
  return [...byTag].filter(([, group]) => group.operations.length > 0);
}

function draw(api) {
  document.getElementById('title').textContent = `${api.info.title} API ${api.info.version}`;
  document.getElementById('about').replaceChildren(...prose(api.info.description));
  const groups = collect(api);
  document.getElementById('operations').replaceChildren(
    ...groups.map(([tag, group]) =>
      element(
        'section',
        { id: `tag-${tag}` },
        element('h2', {}, tag),
        element('p', { class: 'soft' }, group.about ?? ''),
        ...group.operations.map(({ path, method, what }) => operation(api, path, method, what)),
      ),
    ),
  );
  const types = Object.entries(api.components?.schemas ?? {}).sort(([a], [b]) => a.localeCompare(b));
  document.getElementById('types').replaceChildren(
    element('h2', {}, 'Types'),
    ...types.map(([name, schema]) =>
      element(
        'details',
        { id: `type-${name}`, 'data-words': `${name} ${schema.description ?? ''}`.toLowerCase() },
        element('summary', {}, element('code', { class: 'path' }, name), element('span', { class: 'what' }, ...prose(schema.description))),
        element('div', {}, properties(api, schema) ?? element('p', {}, ...kind(schema)), json(example(api, schema))),
      ),
    ),
  );
  document.getElementById('errors').replaceChildren(
    element('h2', {}, 'Errors'),
    element('p', {}, 'Every error is a problem document with one of these codes. They never change their meaning.'),
    table(['Code', 'Status', 'Meaning'], (api['x-errors'] ?? []).map((one) => [element('code', {}, one.code), `${one.status}`, one.title])),
  );
  document.getElementById('contents').replaceChildren(
    ...groups.flatMap(([tag, group]) => [
      element('h2', {}, element('a', { href: `#tag-${tag}` }, tag)),
      element(
        'ul',
        {},
        ...group.operations.map(({ path, method }) =>
          element(
            'li',
            {},
            element('a', { href: `#${idOf(method, path)}` }, element('span', { class: method }, `${method.toUpperCase()} `), path.replace('/api/v1', '')),
          ),
        ),
      ),
    ]),
    element('h2', {}, element('a', { href: '#types' }, 'types')),
    element('h2', {}, element('a', { href: '#errors' }, 'errors')),
  );
}

// A link to an operation or type unfolds it.
function reveal() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) target.open = true;
  target?.scrollIntoView();
}

function find(text) {
  const wanted = text.trim().toLowerCase();
  for (const one of document.querySelectorAll('details[data-words]')) one.hidden = !one.dataset.words.includes(wanted);
  for (const row of document.querySelectorAll('#errors tbody tr')) row.hidden = !row.textContent.toLowerCase().includes(wanted);
}

const response = await fetch('/api/v1/openapi.json');
if (response.ok) {
  draw(await response.json());
  document.getElementById('find').addEventListener('input', (event) => find(event.target.value));
  window.addEventListener('hashchange', reveal);
  reveal();
} else {
  document.getElementById('operations').textContent = `The description could not be loaded (${response.status}). Load the page again.`;
}
