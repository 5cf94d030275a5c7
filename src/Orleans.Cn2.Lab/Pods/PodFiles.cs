using System.Collections.Immutable;
using Orleans.Cn2.Lab.Workloads;

namespace Orleans.Cn2.Lab.Pods;

/// <summary>Writes a pod's volumes below its directory: a directory per volume, ConfigMap data as files.</summary>
internal static class PodFiles
{
    /// <exception cref="LabException">A ConfigMap or a key that must be there isn't.</exception>
    public static void WriteVolumes(string directory, LabPod pod, PodTemplate template, ImmutableArray<ConfigMapSpec> configMaps)
    {
        foreach (VolumeSpec volume in template.Volumes)
        {
            string target = Path.Combine(directory, "volumes", volume.Name);
            Directory.CreateDirectory(target);
            if (volume.ConfigMap is null)
            {
                continue;
            }

            ConfigMapSpec? map = configMaps.FirstOrDefault(m => m.Namespace == pod.Namespace && m.Name == volume.ConfigMap);
            if (map is null && !volume.Optional)
            {
                throw new LabException($"pod {pod.Id}: volume '{volume.Name}': configmap \"{volume.ConfigMap}\" not found");
            }

            foreach ((string key, ReadOnlyMemory<byte> content) in map?.Files ?? ImmutableSortedDictionary<string, ReadOnlyMemory<byte>>.Empty)
            {
                if (volume.Items.IsEmpty || volume.Items.ContainsKey(key))
                {
                    string file = Path.Combine(target, volume.Items.GetValueOrDefault(key, key));
                    Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                    File.WriteAllBytes(file, content.Span);
                }
            }

            if (volume.Items.Keys.FirstOrDefault(k => map?.Files.ContainsKey(k) != true) is { } missing && !volume.Optional)
            {
                throw new LabException($"pod {pod.Id}: volume '{volume.Name}': configmap \"{volume.ConfigMap}\" has no key \"{missing}\"");
            }
        }
    }
}
