package xf.event.identity;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Settings of keys and delivery. */
@ObjectClassDefinition(
    name = "Xaeroflux events",
    description = "Where the device's keys are and how long a publisher waits for the store")
public @interface EventConfig {
  /** The configuration these settings are found under. */
  String PID = "xf.event";

  /** Folder of the key files; empty means the folder {@code identity} of the data folder. */
  @AttributeDefinition(
      name = "identity folder",
      description = "Folder of the key files; empty: the folder identity of the data folder")
  String identityPath() default "";

  /** How long a publisher waits while the store is being replaced, in milliseconds. */
  @AttributeDefinition(
      name = "publish timeout",
      description = "Milliseconds a publisher waits for a store that is being replaced",
      min = "0",
      max = "600000")
  int publishTimeoutMs() default 10_000;
}
