import type { Nodes, PhrasingContent, RootContent, TableRow } from 'mdast';
import './prose.css';
import { memo, type ReactNode, useMemo } from 'react';
import { Link } from 'wouter';
import { isEmojiOnly, OWN_EMOJI, parseMarkdown, safeUrl } from '../lib/markdown';
import { pieces } from '../lib/mentions';
import { useOwnEmoji } from '../lib/own-emoji';
import { ownPath } from '../lib/own-links';
import { useStore } from '../state/store';
import { cx } from '../ui/cx';
import { Emoji } from '../ui/Emoji';
import { CodeBlock } from './CodeBlock';
import { EveryoneMention, RoleMention, RoomMention, UserMention } from './Mention';
import { Spoiler } from './Spoiler';

/** A message's text. Only elements of ours are made from it: there is no HTML in between. */
export const Markdown = memo(function Markdown({ text }: { text: string }) {
  const root = useMemo(() => parseMarkdown(text), [text]);
  const isLarge = useOwnEmoji((own) => isEmojiOnly(text, own));
  return (
    <div className={cx('prose-chat', isLarge && 'text-[2.25rem] leading-tight')}>{all(root.children)}</div>
  );
});

const all = (nodes: Nodes[]): ReactNode[] => nodes.map((node, index) => one(node, index));

function one(node: Nodes, key: number): ReactNode {
  switch (node.type) {
    case 'paragraph':
      return <p key={key}>{all(node.children)}</p>;
    case 'text':
      return inline(node.value, key);
    case 'strong':
      return <strong key={key}>{all(node.children)}</strong>;
    case 'emphasis':
      return <em key={key}>{all(node.children)}</em>;
    case 'delete':
      return <del key={key}>{all(node.children)}</del>;
    case 'inlineCode':
      return <code key={key}>{node.value}</code>;
    case 'break':
      return <br key={key} />;
    case 'link':
      return link(node.url, node.children, key);
    case 'image':
      return link(node.url, [{ type: 'text', value: node.alt || node.url }], key);
    default:
      return block(node, key);
  }
}

function block(node: Nodes, key: number): ReactNode {
  switch (node.type) {
    case 'code':
      return <CodeBlock key={key} code={node.value} language={node.lang ?? null} />;
    case 'blockquote':
      return <blockquote key={key}>{all(node.children)}</blockquote>;
    case 'heading':
      // A message is no document: its headings are emphasis, not landmarks.
      return (
        <p
          key={key}
          className={cx('font-semibold', node.depth === 1 ? 'text-xl' : node.depth === 2 && 'text-lg')}
        >
          {all(node.children)}
        </p>
      );
    case 'list':
      return node.ordered ? (
        <ol key={key} start={node.start ?? 1}>
          {all(node.children)}
        </ol>
      ) : (
        <ul key={key}>{all(node.children)}</ul>
      );
    case 'listItem':
      return (
        <li key={key} className={typeof node.checked === 'boolean' ? 'list-none' : undefined}>
          {typeof node.checked === 'boolean' && (
            <input type="checkbox" checked={node.checked} readOnly disabled className="-ml-5 mr-1.5" />
          )}
          {items(node.children)}
        </li>
      );
    case 'thematicBreak':
      return <hr key={key} />;
    case 'table':
      return table(node.children, node.align ?? [], key);
    default:
      return 'value' in node ? <span key={key}>{node.value}</span> : null;
  }
}

/** Tight list items hold their text directly. */
function items(nodes: RootContent[]): ReactNode[] {
  return nodes.map((node, index) => (node.type === 'paragraph' ? all(node.children) : one(node, index)));
}

function link(url: string, children: PhrasingContent[], key: number): ReactNode {
  const href = safeUrl(url);
  if (href === null) return <span key={key}>{all(children)}</span>;
  return (
    <MessageLink key={key} href={href}>
      {all(children)}
    </MessageLink>
  );
}

/** What leads to this instance opens here, also under a name that it had before. */
function MessageLink({ href, children }: { href: string; children: ReactNode }) {
  const former = useStore((state) => state.instance?.former_urls);
  const path = ownPath(href, former ?? []);
  if (path !== null) return <Link href={path}>{children}</Link>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

function table(rows: TableRow[], align: (string | null)[], key: number): ReactNode {
  const [head, ...body] = rows;
  const cells = (row: TableRow, Cell: 'th' | 'td') =>
    row.children.map((cell, index) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: a parsed text never reorders
      <Cell key={index} style={{ textAlign: (align[index] ?? 'left') as 'left' | 'right' | 'center' }}>
        {all(cell.children)}
      </Cell>
    ));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard
    <div key={key} className="max-w-full overflow-x-auto" tabIndex={0}>
      <table>
        {head && (
          <thead>
            <tr>{cells(head, 'th')}</tr>
          </thead>
        )}
        <tbody>
          {body.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a parsed text never reorders
            <tr key={index}>{cells(row, 'td')}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function inline(text: string, key: number): ReactNode {
  return pieces(text).map((piece, index) => {
    const id = `${key}.${index}`;
    if (piece.kind === 'user') return <UserMention key={id} id={piece.id} />;
    if (piece.kind === 'role') return <RoleMention key={id} id={piece.id} />;
    if (piece.kind === 'room') return <RoomMention key={id} id={piece.id} />;
    if (piece.kind === 'everyone') return <EveryoneMention key={id} />;
    if (piece.kind === 'spoiler') return <Spoiler key={id}>{lines(piece.text)}</Spoiler>;
    return piece.kind === 'text' ? <span key={id}>{lines(piece.text)}</span> : null;
  });
}

/** In chat a line break is a line break. */
function lines(text: string): ReactNode[] {
  return text.split('\n').flatMap((line, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: a parsed text never reorders
    index === 0 ? emoji(line, index) : [<br key={index} />, ...emoji(line, index)],
  );
}

const emoji = (line: string, key: number): ReactNode[] =>
  // biome-ignore lint/suspicious/noArrayIndexKey: a parsed text never reorders
  line.split(OWN_EMOJI).map((part, at) => (at % 2 ? <Emoji key={`${key}.${at}`} code={part} /> : part));
