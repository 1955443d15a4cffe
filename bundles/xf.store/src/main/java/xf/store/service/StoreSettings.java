package xf.store.service;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Settings of the event store and the page store. */
@ObjectClassDefinition(name = "Xaeroflux store", description = "Where events and pages are kept")
public @interface StoreSettings {
  /** The configuration these settings are found under. */
  String PID = "xf.store";

  /** Folder of the event log; empty means the folder {@code events} of the data folder. */
  @AttributeDefinition(
      name = "event folder",
      description = "Folder of the event log; empty: the folder events of the data folder")
  String dbPath() default "";

  /** Folder of the Merkle pages; empty means the folder {@code pages} of the data folder. */
  @AttributeDefinition(
      name = "page folder",
      description = "Folder of the Merkle pages; empty: the folder pages of the data folder")
  String pagePath() default "";

  /** Whether Merkle pages are locked in memory once they are written. */
  @AttributeDefinition(
      name = "lock pages",
      description = "Keep Merkle pages in memory (mlock) as far as the process's limit allows")
  boolean lockPages() default false;

  /** First size of the memory map in bytes; it doubles by itself when it is full. */
  @AttributeDefinition(
      name = "map size",
      description = "First size of the memory map in bytes; it doubles by itself when it is full",
      min = "1048576",
      max = "35184372088832")
  long mapBytes() default 64L << 30;
}
