package xf.gossip;

import xf.event.GroupId;

/**
 * A group this device is in.
 *
 * @param id names it inside its logs
 * @param name what it is called on this device
 * @param home whether it is the one that every fresh device has of its own
 * @param logs how many of its logs are here
 * @param connectedMembers how many other members a session is open with
 */
public record GroupInfo(GroupId id, String name, boolean home, int logs, int connectedMembers) {}
