using System.Text;
using Orleans.Cn2.Core.Addressing;
using Orleans.Cn2.Lab.Workloads;

namespace Orleans.Cn2.Lab.Pods;

/// <summary>The shell script that turns a process in fresh namespaces into a container of a pod.</summary>
internal static class ContainerScript
{
    /// <summary>True for <c>nginx</c> of any registry, tag or digest.</summary>
    public static bool IsNginx(string image)
    {
        string last = image[(image.LastIndexOf('/') + 1)..];
        return last.Split('@')[0].Split(':')[0] == "nginx";
    }

    public static string Echo(LabPod pod, string echoPath, string portsFile, string readyFile) => $"""
        set -e
        {Common(pod)}
        mount -t proc proc /proc
        exec {Quote(echoPath)} --pod {Quote(pod.Name)} --address {pod.V4} --address {pod.V6} --ports {Quote(portsFile)} --ready {Quote(readyFile)}

        """;

    /// <summary>The file that tells the echo server its ports; it has no SCTP.</summary>
    public static string EchoPorts(IEnumerable<NamedPort> ports) => string.Concat(ports
        .Where(p => p.Protocol != TransportProtocol.Sctp)
        .Select(p => $"{(p.Protocol == TransportProtocol.Udp ? "udp" : "tcp")}/{p.Port}\n"));

    /// <summary>
    /// nginx in a root of its own: the machine's programs and libraries, everything else fresh, laid out as in the
    /// image (user nginx, /etc/nginx with conf.d, logs to the container's output), the volumes mounted over it.
    /// </summary>
    public static string Nginx(LabPod pod, ContainerSpec container, string directory)
    {
        string root = Path.Combine(directory, container.Name + ".root");
        StringBuilder mounts = new();
        foreach (MountSpec mount in container.Mounts.OrderBy(m => m.Path.Length))
        {
            string source = Path.Combine(directory, "volumes", mount.Volume, mount.SubPath ?? "");
            mounts.Append($"show {Quote(source)} {Quote(root + mount.Path.TrimEnd('/'))}\n");
        }

        return $$"""
            set -e
            {{Common(pod)}}
            R={{Quote(root)}}
            show() {
              if [ -d "$1" ]; then mkdir -p "$2"; elif [ -e "$2" ]; then :; else mkdir -p "${2%/*}"; : >"$2"; fi
              mount --bind "$1" "$2"
            }
            mkdir -p "$R"
            mount -t tmpfs -o mode=755 tmpfs "$R"
            for d in usr dev; do mkdir "$R/$d"; mount --rbind "/$d" "$R/$d"; done
            for d in bin sbin lib lib64; do
              if [ -L "/$d" ]; then cp -P "/$d" "$R/$d"; elif [ -d "/$d" ]; then mkdir "$R/$d"; mount --bind "/$d" "$R/$d"; fi
            done
            mkdir -p "$R/proc" "$R/run" "$R/var/log/nginx" "$R/var/lib/nginx" "$R/var/cache/nginx" "$R/var/lock" "$R/etc/nginx/conf.d"
            mkdir -m 1777 "$R/tmp"
            ln -s /run "$R/var/run"
            mount -t proc proc "$R/proc"
            cp -a /etc/ld.so.cache "$R/etc/"
            for f in mime.types fastcgi_params scgi_params uwsgi_params; do cp "/etc/nginx/$f" "$R/etc/nginx/"; done
            printf 'root:x:0:0::/:/bin/sh\nnginx:x:101:101::/:/bin/false\nwww-data:x:33:33::/:/bin/false\nnobody:x:65534:65534::/:/bin/false\n' >"$R/etc/passwd"
            printf 'root:x:0:\nnginx:x:101:\nwww-data:x:33:\nnogroup:x:65534:\n' >"$R/etc/group"
            printf '127.0.0.1 localhost\n::1 localhost\n%s %s\n' {{pod.V4}} {{Quote(pod.Name)}} >"$R/etc/hosts"
            ln -s /dev/stderr "$R/var/log/nginx/error.log"
            ln -s /dev/null "$R/var/log/nginx/access.log"
            cat >"$R/etc/nginx/nginx.conf" <<'END'
            user nginx;
            worker_processes 1;
            error_log /var/log/nginx/error.log notice;
            pid /run/nginx.pid;
            events { worker_connections 4096; }
            http {
              include /etc/nginx/mime.types;
              default_type application/octet-stream;
              access_log off;
              include /etc/nginx/conf.d/*.conf;
            }
            END
            cat >"$R/etc/nginx/conf.d/default.conf" <<'END'
            server {
              listen 80;
              listen [::]:80;
              location / { default_type text/plain; return 200 "$hostname\n"; }
            }
            END
            {{mounts}}exec chroot "$R" /usr/sbin/nginx -g 'daemon off;'

            """;
    }

    private static string Common(LabPod pod) => $"echo {Quote(pod.Name.Length <= 64 ? pod.Name : pod.Name[..64])} >/proc/sys/kernel/hostname\nexport HOSTNAME={Quote(pod.Name)}";

    private static string Quote(string text) => "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
