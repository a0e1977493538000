// Markdown text -> syntax tree, in the dialect of chat: GFM without HTML, footnotes, setext headings,
// indented code and link definitions, and every line break counts.
import type { Nodes, Root } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';

const extensions = [
  gfm({ singleTilde: false }),
  {
    disable: {
      null: [
        'htmlFlow',
        'htmlText',
        'codeIndented',
        'setextUnderline',
        'definition',
        'gfmFootnoteDefinition',
        'gfmFootnoteCall',
        'gfmPotentialFootnoteCall',
      ],
    },
  },
];

const mdastExtensions = [gfmFromMarkdown()];

/** Nodes whose children stand apart from each other. */
const BLOCKS = new Set(['root', 'blockquote', 'list', 'listItem', 'table', 'tableRow']);

export function parseMarkdown(text: string): Root {
  return fromMarkdown(text, { extensions, mdastExtensions });
}

/** The text without its marks, in one line: for quotes and announcements. */
export function plainText(text: string): string {
  return textOf(parseMarkdown(text)).replace(/\s+/g, ' ').trim();
}

function textOf(node: Nodes): string {
  if (node.type === 'break') return ' ';
  if (node.type === 'image') return node.alt ?? '';
  if (!('children' in node)) return 'value' in node ? node.value : '';
  const isBlocks = BLOCKS.has(node.type);
  return node.children.map(textOf).join(isBlocks ? ' ' : '');
}

/** A link that may be followed: anything but the web and mail is shown as text. */
export function safeUrl(url: string): string | null {
  return /^(https?:\/\/|mailto:)/i.test(url) ? url : null;
}

/** What may be one of the instance's own emoji; as a group, so that a split keeps it. */
export const OWN_EMOJI = /(?<!\w)(:[a-z\d_-]{2,32}:)/g;

const EMOJI_ONLY = /^(?:\p{RGI_Emoji}\s*){1,6}$/v;

/** Whether a text is nothing but a few emoji, which are then drawn large. */
export function isEmojiOnly(text: string, own: Record<string, string> = {}): boolean {
  return EMOJI_ONLY.test(text.replace(OWN_EMOJI, (code) => (own[code] ? '🙂' : code)).trim());
}
