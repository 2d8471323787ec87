//! The part of Meetup's types that the stand-in serves. A test holds it against the contract.

/// As introspected in October 2025.
pub const TYPES: &str = "
scalar DateTime
scalar Duration

enum EventStatus {
  ACTIVE AUTOSCHED AUTOSCHED_CANCELLED AUTOSCHED_DRAFT AUTOSCHED_FINISHED BLOCKED CANCELLED CANCELLED_PERM DRAFT PAST PENDING
  PROPOSED TEMPLATE
}
enum EventType { HYBRID ONLINE PHYSICAL }
enum PublishStatus { DRAFT PUBLISHED }
enum EventVenueVisibility { GROUP PUBLIC }
enum ContentType { GIF JPEG PNG }
enum PhotoType { ALBUM_PHOTO EMAIL_PHOTO EVENT_PHOTO GROUP_PHOTO MEMBER_PHOTO }
enum SortOrder { ASC DESC }
enum Role { ASST_ORGANIZER COORGANIZER EVENT_ORGANIZER MEMBER ORGANIZER }

type Query {
  self: Member
  event(id: ID!): Event
  groupByUrlname(urlname: String!): Group
}
type Mutation {
  createEvent(input: CreateEventInput!): CreateEventPayload!
  editEvent(input: EditEventInput!): EditEventPayload!
  deleteEvent(input: DeleteEventInput!): DeleteEventPayload!
  publishEventDraft(input: PublishEventDraftInput!): PublishEventDraftPayload!
  announceEvent(input: AnnounceEventInput!): AnnounceEventPayload!
  createGroupEventPhoto(input: GroupEventPhotoCreateInput!): PhotoUploadWithUrlPayload!
}

type Member { id: ID! name: String isOrganizer: Boolean! isProOrganizer: Boolean! adminProNetworks: [ProNetwork!]! }
type ProNetwork { id: ID! name: String! }
type Group {
  id: ID! urlname: String! name: String! timezone: String link: String isPrimaryOrganizer: Boolean!
  membershipMetadata: Membership
  events(after: String filter: GroupEventFilter first: Int sort: SortOrder): GroupEventConnection!
}
type Membership { role: Role }
type GroupEventConnection { edges: [EventEdge!]! pageInfo: PageInfo totalCount: Int }
type EventEdge { cursor: String! node: Event! }
type PageInfo { endCursor: String hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String }
type Event {
  id: ID! token: ID! title: String! description: String! status: EventStatus! dateTime: DateTime endTime: DateTime
  duration: Duration createdTime: DateTime eventUrl: String! eventType: EventType! venues: [Venue!] howToFindUs: String
  group: Group featuredEventPhoto: PhotoInfo maxTickets: Int
}
type Venue { id: ID! name: String venueType: String address: String city: String country: String }
type PhotoInfo { id: ID! baseUrl: String }
type PayloadError { code: String! field: String message: String! }
type CreateEventPayload { errors: [PayloadError!] event: Event }
type EditEventPayload { errors: [PayloadError!] event: Event }
type PublishEventDraftPayload { errors: [PayloadError!] event: Event }
type AnnounceEventPayload { errors: [PayloadError!] event: Event }
type DeleteEventPayload { errors: [PayloadError!] success: Boolean }
type PhotoUploadWithUrlPayload { error: PayloadError imagePath: String photo: PhotoInfo uploadUrl: String }

input GroupEventFilter { afterDateTime: DateTime beforeDateTime: DateTime hostId: ID status: [EventStatus] title: String }
input RsvpSettings {
  guestLimit: Int rsvpCloseDuration: String rsvpCloseTime: String rsvpLimit: Int rsvpOpenDuration: String rsvpOpenTime: String
}
input CreateEventInput {
  groupUrlname: String! title: String! description: String! startDateTime: String! duration: String eventHosts: [Int!]
  featuredPhotoId: Int howToFindUs: String isCopy: Boolean publishStatus: PublishStatus question: String
  rsvpSettings: RsvpSettings selfRsvp: Boolean topics: [ID!] venueId: String venueVisibility: EventVenueVisibility
}
input EditEventInput {
  eventId: ID! title: String description: String startDateTime: String duration: String eventHosts: [Int!] featuredPhotoId: Int
  howToFindUs: String publishStatus: PublishStatus question: String rsvpSettings: RsvpSettings topics: [ID!] venueId: String
  venueVisibility: EventVenueVisibility
}
input DeleteEventInput { eventId: ID! removeFromCalendar: Boolean updateSeries: Boolean }
input PublishEventDraftInput { eventId: ID! }
input AnnounceEventInput { eventId: ID! }
input GroupEventPhotoCreateInput {
  albumId: ID contentType: ContentType! description: String eventId: ID groupId: ID! isVertical: Boolean newAlbumName: String
  orderId: String photoType: PhotoType! setAsMain: Boolean!
}
";
