package xf.merkle.index;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Settings of the Merkle index. */
@ObjectClassDefinition(name = "Xaeroflux index", description = "Where signed heads are remembered")
public @interface IndexSettings {
  /** The configuration these settings are found under. */
  String PID = "xf.merkle";

  /** File of the last signed heads; empty means {@code identity/ratchet} of the data folder. */
  @AttributeDefinition(
      name = "ratchet file",
      description = "File of the last signed heads; empty: identity/ratchet of the data folder")
  String ratchetPath() default "";
}
