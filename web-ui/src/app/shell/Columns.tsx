import { useEffect } from 'react';
import { Redirect, Route, Switch, useLocation } from 'wouter';
import type { Id } from '../../api/types';
import { useMedia, WIDE } from '../../lib/media';
import { orderedRooms } from '../../state/selectors';
import { store, useStore } from '../../state/store';
import { paths, routes } from '../paths';
import { uiState } from '../ui-state';
import { MainColumn } from './MainColumn';
import { NothingHere, Welcome } from './NothingHere';
import { ServerRail } from './ServerRail';
import { ConversationSidebar, ServerSidebar } from './Sidebar';

/** The columns: servers, rooms or conversations, messages, members. A phone shows one at a time. */
export function Columns() {
  const isWide = useMedia(WIDE);
  const [location] = useLocation();
  useEffect(() => uiState.setState({ lastPath: location }), [location]);
  return (
    <Switch>
      <Route path={routes.server}>{({ server }) => <ServerHome serverId={server} isWide={isWide} />}</Route>
      <Route path={routes.room}>
        {({ server, room, seq }) => (
          <ServerRoom serverId={server} roomId={room} seq={seq ? Number(seq) : null} isWide={isWide} />
        )}
      </Route>
      <Route path={routes.conversations}>
        <Frame isWide={isWide} main={isWide ? <Welcome /> : null} sidebar={<ConversationSidebar />} />
      </Route>
      <Route path={routes.conversation}>
        {({ conversation, seq }) => (
          <Conversation id={conversation} seq={seq ? Number(seq) : null} isWide={isWide} />
        )}
      </Route>
      <Route>
        <Home />
      </Route>
    </Switch>
  );
}

/** The bare address: to where one was last. */
function Home() {
  const { lastRoom } = uiState.getState();
  const { servers, rooms } = store.getState();
  const last = Object.entries(lastRoom).find(([server, room]) => server in servers && room in rooms);
  const first = Object.keys(servers)[0];
  if (last) return <Redirect to={paths.server(last[0])} replace />;
  return <Redirect to={first ? paths.server(first) : paths.conversations} replace />;
}

function ServerHome({ serverId, isWide }: { serverId: Id; isWide: boolean }) {
  const isKnown = useStore((state) => serverId in state.servers);
  const rooms = useStore((state) => state.rooms);
  const categories = useStore((state) => state.categories);
  if (!isKnown) return <Redirect to={paths.conversations} replace />;
  const last = uiState.getState().lastRoom[serverId];
  const ordered = orderedRooms({ rooms, categories }, serverId);
  const room = ordered.find(({ id }) => id === last) ?? ordered[0];
  if (isWide && room) return <Redirect to={paths.room(serverId, room.id)} replace />;
  return (
    <Frame
      isWide={isWide}
      sidebar={<ServerSidebar serverId={serverId} roomId={null} />}
      main={isWide ? <NothingHere what="rooms" /> : null}
    />
  );
}

function ServerRoom(props: { serverId: Id; roomId: Id; seq: number | null; isWide: boolean }) {
  const { serverId, roomId, seq, isWide } = props;
  const isServer = useStore((state) => serverId in state.servers);
  const isRoom = useStore((state) => state.rooms[roomId]?.server_id === serverId);
  useEffect(() => {
    if (isRoom) uiState.setState(({ lastRoom }) => ({ lastRoom: { ...lastRoom, [serverId]: roomId } }));
  }, [isRoom, serverId, roomId]);
  if (!isServer) return <Redirect to={paths.conversations} replace />;
  return (
    <Frame
      isWide={isWide}
      sidebar={<ServerSidebar serverId={serverId} roomId={roomId} />}
      main={
        isRoom ? (
          <MainColumn conversationId={roomId} serverId={serverId} seq={seq} />
        ) : (
          <NothingHere what="room" />
        )
      }
    />
  );
}

function Conversation({ id, seq, isWide }: { id: Id; seq: number | null; isWide: boolean }) {
  const isKnown = useStore((state) => id in state.conversations);
  useEffect(() => {
    if (isKnown) uiState.setState({ lastConversation: id });
  }, [isKnown, id]);
  return (
    <Frame
      isWide={isWide}
      sidebar={<ConversationSidebar />}
      main={
        isKnown ? (
          <MainColumn conversationId={id} serverId={null} seq={seq} />
        ) : (
          <NothingHere what="conversation" />
        )
      }
    />
  );
}

interface FrameProps {
  isWide: boolean;
  sidebar: React.ReactNode;
  /** Null on a phone that shows the lists. */
  main: React.ReactNode;
}

function Frame({ isWide, sidebar, main }: FrameProps) {
  if (!isWide && main) return <div className="flex h-full min-h-0 flex-col">{main}</div>;
  return (
    <div className="flex h-full min-h-0">
      <ServerRail />
      {isWide ? sidebar : <main className="flex min-w-0 grow">{sidebar}</main>}
      {main}
    </div>
  );
}
