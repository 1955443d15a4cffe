package xf.gossip;

import java.util.Optional;
import xf.event.LogName;
import xf.merkle.ForkEvidence;

/**
 * A log whose author signed two histories.
 *
 * @param name the log, if it is here
 * @param evidence verified; anybody can verify it again
 */
public record ForkInfo(Optional<LogName> name, ForkEvidence evidence) {}
