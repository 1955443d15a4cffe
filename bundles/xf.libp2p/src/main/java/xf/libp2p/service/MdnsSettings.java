package xf.libp2p.service;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Settings of discovery on the local network. */
@ObjectClassDefinition(
    name = "Xaeroflux local discovery",
    description = "Finding peers on the local network (mDNS)")
public @interface MdnsSettings {
  /** The configuration these settings are found under. */
  String PID = "xf.libp2p.mdns";

  /** Whether it is on. */
  @AttributeDefinition(
      name = "on",
      description = "Announce this device and look for others, while it listens")
  boolean enabled() default true;
}
