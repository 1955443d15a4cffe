package xf.launch;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/**
 * A settings file, checked against the metatype documents in our bundles: the same ranges that
 * Configuration Admin shows, so none is written down twice. Keys are {@code pid.attribute}, or the
 * framework properties that options stand for.
 */
final class Settings {
  private static final String METATYPE_FOLDER = "OSGI-INF/metatype/";

  /** An attribute of a metatype document. */
  private record Attribute(String type, String min, String max, boolean isList) {}

  private final Map<String, Map<String, Attribute>> known = new TreeMap<>();
  private final Map<String, Map<String, List<String>>> configurations = new TreeMap<>();

  private Settings() {}

  /**
   * Reads {@code file} into {@code options} and the configurations that are returned. An attribute
   * that may have several values has them separated by commas; one that may not has a list of one.
   */
  static Map<String, Map<String, List<String>>> load(Path file, Path bundles, Options options)
      throws UsageException {
    Settings settings = new Settings();
    try {
      settings.readMetatypes(bundles);
      Properties properties = new Properties();
      try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
        properties.load(reader);
      }
      for (String key : new TreeMap<>(properties).keySet().stream().map(String::valueOf).toList()) {
        String value = properties.getProperty(key).trim();
        if (!options.offer(key, value, file.toString())) {
          settings.put(file, key, value);
        }
      }
    } catch (IOException | IllegalArgumentException e) {
      throw new UsageException("--config " + file + ": cannot be read: " + e);
    }
    options.check();
    return settings.configurations;
  }

  private void put(Path file, String key, String value) throws UsageException {
    for (Map.Entry<String, Map<String, Attribute>> entry : known.entrySet()) {
      String pid = entry.getKey();
      String name = key.startsWith(pid + ".") ? key.substring(pid.length() + 1) : "";
      Attribute attribute = entry.getValue().get(name);
      if (attribute != null) {
        List<String> values = attribute.isList ? split(value) : List.of(value);
        for (String each : values) {
          check(file, key, each, attribute);
        }
        configurations.computeIfAbsent(pid, p -> new TreeMap<>()).put(name, values);
        return;
      }
    }
    throw new UsageException(file + ": unknown key " + key + "; there are: " + keys());
  }

  private static List<String> split(String value) {
    List<String> values = new ArrayList<>();
    for (String each : value.split(",", -1)) {
      if (!each.isBlank()) {
        values.add(each.trim());
      }
    }
    return values;
  }

  private String keys() {
    Set<String> keys = new TreeSet<>();
    for (Options.Key key : Options.Key.values()) {
      if (!key.property().isEmpty()) {
        keys.add(key.property());
      }
    }
    known.forEach((pid, names) -> names.keySet().forEach(name -> keys.add(pid + "." + name)));
    return String.join(", ", keys);
  }

  private static void check(Path file, String key, String value, Attribute attribute)
      throws UsageException {
    String expected =
        switch (attribute.type) {
          case "Integer", "Long", "Short" -> number(value, attribute);
          case "Boolean" -> value.equals("true") || value.equals("false") ? "" : "true or false";
          default -> "";
        };
    if (!expected.isEmpty()) {
      throw new UsageException(file + ": " + key + " = " + value + ": expected " + expected);
    }
  }

  private static String number(String value, Attribute attribute) {
    boolean isInt = attribute.type.equals("Integer");
    long least = isInt ? Integer.MIN_VALUE : Long.MIN_VALUE;
    long most = isInt ? Integer.MAX_VALUE : Long.MAX_VALUE;
    long min = attribute.min.isEmpty() ? least : Long.parseLong(attribute.min);
    long max = attribute.max.isEmpty() ? most : Long.parseLong(attribute.max);
    return Options.isNumber(value, min, max) ? "" : "a number from " + min + " to " + max;
  }

  /** Reads those of our bundles, at whatever start level they are. */
  private void readMetatypes(Path bundles) throws IOException {
    try (DirectoryStream<Path> levels = Files.newDirectoryStream(bundles, Files::isDirectory)) {
      for (Path level : levels) {
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(level, "xf.*.jar")) {
          for (Path jar : jars) {
            readMetatypes(jar.toFile().getPath());
          }
        }
      }
    }
  }

  private void readMetatypes(String jar) throws IOException {
    try (JarFile file = new JarFile(jar)) {
      for (JarEntry entry : Collections.list(file.entries())) {
        if (entry.getName().startsWith(METATYPE_FOLDER) && entry.getName().endsWith(".xml")) {
          try (InputStream in = file.getInputStream(entry)) {
            readMetatype(in);
          }
        }
      }
    }
  }

  private void readMetatype(InputStream in) throws IOException {
    try {
      Document document =
          DocumentBuilderFactory.newDefaultInstance().newDocumentBuilder().parse(in);
      Map<String, Map<String, Attribute>> classes = new TreeMap<>();
      for (Element ocd : elements(document.getElementsByTagName("OCD"))) {
        Map<String, Attribute> attributes = new TreeMap<>();
        for (Element ad : elements(ocd.getElementsByTagName("AD"))) {
          attributes.put(
              ad.getAttribute("id"),
              new Attribute(
                  ad.getAttribute("type"),
                  ad.getAttribute("min"),
                  ad.getAttribute("max"),
                  !ad.getAttribute("cardinality").isEmpty()
                      && !ad.getAttribute("cardinality").equals("0")));
        }
        classes.put(ocd.getAttribute("id"), attributes);
      }
      for (Element designate : elements(document.getElementsByTagName("Designate"))) {
        for (Element object : elements(designate.getElementsByTagName("Object"))) {
          known.put(
              designate.getAttribute("pid"),
              classes.getOrDefault(object.getAttribute("ocdref"), Map.of()));
        }
      }
    } catch (ParserConfigurationException | SAXException e) {
      throw new IOException("metatype document of a bundle: " + e.getMessage(), e);
    }
  }

  private static List<Element> elements(NodeList nodes) {
    List<Element> elements = new ArrayList<>();
    for (int i = 0; i < nodes.getLength(); i++) {
      if (nodes.item(i) instanceof Element element) {
        elements.add(element);
      }
    }
    return elements;
  }
}
