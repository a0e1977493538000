// The types of the node's protocol under the names of docs/protocol.md, from its own description.
import type { components } from './generated/schema';

type Schemas = components['schemas'];

/**
 * What the node answers always has every field, null where there is nothing; the description only says that such a
 * field may be absent. Encrypted messages are opened before anything else sees them (encryption/opening.ts), so they
 * are texts here, without the envelopes about them.
 */
export type Whole<T> = T extends (infer Item)[]
  ? Whole<Item>[]
  : T extends Schemas['Content']
    ? Extract<T, { type: 'text' }>
    : T extends object
      ? { [Key in keyof T as Exclude<Key, 'about'>]-?: Whole<Exclude<T[Key], undefined>> }
      : T;

export type Id = string;

export type PresenceState = Schemas['PresenceState'];
/** What a user chooses for themselves; others see `invisible` as `offline`. */
export type PresenceChoice = Schemas['PresenceChoice'];
export type Presence = Whole<Schemas['Presence']>;

export type User = Whole<Schemas['User']>;
export type Account = Whole<Schemas['Account']>;
export type InstanceRole = Schemas['InstanceRole'];
export type Registration = Schemas['Registration'];
export type Instance = Whole<Schemas['Instance']>;
export type SignedIn = Whole<Schemas['SignedIn']>;
/** What a password's keys are derived with. */
export type Prelogin = Whole<Schemas['Challenge']>;
export type Kdf = Whole<Schemas['KdfCost']>;
/** A device's sign-in, as the sessions page lists it. */
export type Session = Whole<Schemas['Session']>;
export type AdminUser = Whole<Schemas['AdminUser']>;

export type Server = Whole<Schemas['Server']>;
export type ServerState = Whole<Schemas['ServerState']>;
export type Category = Whole<Schemas['Category']>;
export type Room = Whole<Schemas['Room']>;
export type Role = Whole<Schemas['Role']>;
export type Permission = Schemas['Permission'];
export type Member = Whole<Schemas['Member']>;
export type MemberPage = Whole<Schemas['Members']>;
/** The signed-in user's own membership of a server. */
export type OwnMember = Whole<Schemas['MyMembership']>;
export type Invite = Whole<Schemas['Invite']>;
export type InvitePreview = Whole<Schemas['InvitePreview']>;

export type Conversation = Whole<Schemas['Conversation']>;
export type Participant = Whole<Schemas['Participant']>;
/** A conversation together with what is needed to show and follow it. */
export type JoinedConversation = Whole<Schemas['JoinedConversation']>;
export type ReadState = Whole<Schemas['ReadState']>;
export type Message = Whole<Schemas['Message']>;
export type MessagePage = Whole<Schemas['History']>;
/** What is shown when somebody switches to a conversation. */
export type View = Whole<Schemas['View']>;
export type SearchPage = Whole<Schemas['SearchResult']>;
export type SearchHit = Whole<Schemas['SearchHit']>;
/** A piece of a message that was found; hits are pointed out. */
export type Fragment = Whole<Schemas['Fragment']>;
export type Content = Whole<Schemas['Content']>;
export type Reply = Whole<Schemas['Reply']>;
export type Mentions = Whole<Schemas['Mentions']>;
export type Reaction = Whole<Schemas['Reaction']>;
/** What the user chose to hear of in a place. */
export type PlaceLevel = Whole<Schemas['PlaceLevel']>;
export type Level = Schemas['Level'];
export type NotificationSettings = Whole<Schemas['NotificationSettings']>;
export type QuietHours = Whole<Schemas['QuietHours']>;
/** Something that concerned the user, as the list has it. */
export type Notice = Whole<Schemas['Notice']>;
export type NoticePage = Whole<Schemas['Notices']>;
/** What the user gets by e-mail. */
export type MailState = Whole<Schemas['MailState']>;
export type MailChoice = Whole<Schemas['MailChoice']>;
export type PushOffer = Whole<Schemas['PushOffer']>;
export type Sync = Whole<Schemas['Sync']>;
