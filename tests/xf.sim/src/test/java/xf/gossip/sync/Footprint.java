package xf.gossip.sync;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * About how much memory a machine holds: everything that can be reached from it by its own fields,
 * collections looked at from outside, the disk left out. It knows no class by name, so a collection
 * that somebody adds is counted as well.
 *
 * @param bytes of arrays, buffers, fields and entries
 * @param largest entries in the largest collection
 * @param largestName the field that holds it
 */
record Footprint(long bytes, int largest, String largestName) {
  private static final int OBJECT_BYTES = 16;
  private static final int FIELD_BYTES = 8;
  private static final int ENTRY_BYTES = 48;

  /** Fields of the product's classes; of others none. */
  private static final ClassValue<List<Field>> FIELDS =
      new ClassValue<>() {
        @Override
        protected List<Field> computeValue(Class<?> type) {
          List<Field> fields = new ArrayList<>();
          for (Class<?> each = type; each != null; each = each.getSuperclass()) {
            if (isOurs(each)) {
              for (Field field : each.getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers())) {
                  field.setAccessible(true);
                  fields.add(field);
                }
              }
            }
          }
          return fields;
        }
      };

  private static boolean isOurs(Class<?> type) {
    return type.getName().startsWith("xf.")
        && !type.isHidden()
        && !type.isEnum()
        && !Replica.class.isAssignableFrom(type);
  }

  static Footprint of(Object root) {
    return new Walk().from(root);
  }

  private static final class Walk {
    private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Deque<Object> open = new ArrayDeque<>();
    private final Deque<String> names = new ArrayDeque<>();
    private long bytes;
    private int largest;
    private String largestName = "";

    Footprint from(Object root) {
      add(root, root.getClass().getSimpleName());
      while (!open.isEmpty()) {
        visit(open.remove(), names.remove());
      }
      return new Footprint(bytes, largest, largestName);
    }

    private void add(Object value, String name) {
      if (value != null && seen.add(value)) {
        open.add(value);
        names.add(name);
      }
    }

    private void visit(Object value, String name) {
      bytes += OBJECT_BYTES;
      if (value instanceof byte[] array) {
        bytes += array.length;
      } else if (value instanceof int[] array) {
        bytes += 4L * array.length;
      } else if (value instanceof long[] array) {
        bytes += 8L * array.length;
      } else if (value instanceof Object[] array) {
        bytes += 8L * array.length;
        for (Object each : array) {
          add(each, name);
        }
      } else if (value instanceof ByteBuffer buffer) {
        bytes += buffer.capacity(); // of a slice: what it shows, the rest is another's
      } else if (value instanceof Optional<?> optional) {
        optional.ifPresent(each -> add(each, name));
      } else if (value instanceof Map<?, ?> map) {
        count(map.size(), name);
        map.forEach(
            (key, each) -> {
              add(key, name);
              add(each, name);
            });
      } else if (value instanceof Collection<?> collection) {
        count(collection.size(), name);
        collection.forEach(each -> add(each, name));
      } else {
        visitFields(value);
      }
    }

    private void count(int entries, String name) {
      bytes += (long) ENTRY_BYTES * entries;
      if (entries > largest) {
        largest = entries;
        largestName = name;
      }
    }

    private void visitFields(Object value) {
      for (Field field : FIELDS.get(value.getClass())) {
        bytes += FIELD_BYTES;
        if (!field.getType().isPrimitive()) {
          try {
            add(field.get(value), value.getClass().getSimpleName() + "." + field.getName());
          } catch (IllegalAccessException e) {
            throw new AssertionError(field + " was made accessible", e);
          }
        }
      }
    }
  }
}
