//! The part of Mobilizon's types that the stand-in serves. A test holds it against the contract.

/// Since 5.1.
pub const TYPES: &str = "
scalar DateTime
scalar UUID
scalar Point
scalar EventCategory
scalar EventMetadataType
scalar ActorType

enum EventOrderBy { BEGINS_ON INSERTED_AT UPDATED_AT }
enum SortDirection { ASC DESC }
enum EventStatus { TENTATIVE CONFIRMED CANCELLED }
enum EventVisibility { PUBLIC UNLISTED RESTRICTED PRIVATE }
enum EventJoinOptions { FREE RESTRICTED INVITE EXTERNAL }

schema { query: RootQueryType }

type RootQueryType {
  group(preferredUsername: String!): Group
  event(uuid: UUID!): Event
  searchGroups(term: String page: Int limit: Int): Groups
}
type Groups { total: Int! elements: [Group]! }

interface Actor {
  id: ID url: String type: ActorType name: String domain: String local: Boolean preferredUsername: String
}
type Group implements Actor {
  id: ID url: String type: ActorType name: String domain: String local: Boolean preferredUsername: String
  organizedEvents(
    afterDatetime: DateTime beforeDatetime: DateTime order: EventOrderBy orderDirection: SortDirection page: Int limit: Int
  ): PaginatedEventList
}
type Person implements Actor {
  id: ID url: String type: ActorType name: String domain: String local: Boolean preferredUsername: String
}
type PaginatedEventList { elements: [Event] total: Int }
type Event {
  id: ID uuid: UUID url: String local: Boolean title: String slug: String description: String language: String
  category: EventCategory beginsOn: DateTime endsOn: DateTime status: EventStatus visibility: EventVisibility draft: Boolean
  joinOptions: EventJoinOptions externalParticipationUrl: String onlineAddress: String phoneAddress: String
  insertedAt: DateTime updatedAt: DateTime publishAt: DateTime
  options: EventOptions participantStats: ParticipantStats picture: Media physicalAddress: Address
  attributedTo: Actor organizerActor: Actor tags: [Tag] metadata: [EventMetadata]
}
type EventOptions {
  timezone: String showStartTime: Boolean showEndTime: Boolean isOnline: Boolean maximumAttendeeCapacity: Int
  hideOrganizerWhenGroupEvent: Boolean
}
type ParticipantStats { going: Int participant: Int }
type Media { id: ID alt: String name: String url: String contentType: String size: Int metadata: MediaMetadata }
type MediaMetadata { width: Int height: Int }
type Address {
  id: ID url: String originId: String description: String street: String postalCode: String locality: String region: String
  country: String type: String geom: Point timezone: String
}
type Tag { id: ID slug: String title: String }
type EventMetadata { key: String title: String value: String type: EventMetadataType }
";

/// As servers before 3.1.0 have them.
pub fn without_order() -> String {
    TYPES.replace(" order: EventOrderBy orderDirection: SortDirection", "")
}
