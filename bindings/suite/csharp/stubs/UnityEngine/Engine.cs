using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Threading;

[assembly: InternalsVisibleTo("UnityEditor")]
[assembly: InternalsVisibleTo("Banter.Editor.Tests")]

namespace UnityEngine
{
    /// <summary>The little of an engine that the tests play with: a loop, scenes, and the order in which it
    /// tells of a beginning and an end.</summary>
    public static class Engine
    {
        const BindingFlags Any = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

        internal static readonly Dictionary<string, Object> Assets = new Dictionary<string, Object>();
        internal static int? QuitAsked;

        static readonly List<Object> objects = new List<Object>();
        static readonly List<MonoBehaviour> starting = new List<MonoBehaviour>();
        static readonly Dictionary<Object, Action> updates = new Dictionary<Object, Action>();
        static Action[] loop = new Action[0];
        static MainThread context;

        /// <summary>Begins a play: methods first, from the earliest to the latest; then the first scene.</summary>
        internal static void Play(Action scene)
        {
            if (context == null) context = new MainThread();
            SynchronizationContext.SetSynchronizationContext(context);
            Application.isPlaying = true;
            var order = new[] { RuntimeInitializeLoadType.SubsystemRegistration, RuntimeInitializeLoadType.AfterAssembliesLoaded,
                RuntimeInitializeLoadType.BeforeSplashScreen, RuntimeInitializeLoadType.BeforeSceneLoad };
            foreach (var when in order) RunMethods(when);
            scene();
            RunMethods(RuntimeInitializeLoadType.AfterSceneLoad);
        }

        static void RunMethods(RuntimeInitializeLoadType when)
        {
            foreach (var type in AppDomain.CurrentDomain.GetAssemblies().Where(a => a.GetName().Name == "Banter").SelectMany(a => a.GetTypes()))
            {
                foreach (var method in type.GetMethods(Any | BindingFlags.DeclaredOnly))
                {
                    var mark = method.GetCustomAttribute<RuntimeInitializeOnLoadMethodAttribute>();
                    if (mark != null && mark.loadType == when) method.Invoke(null, null);
                }
            }
        }

        /// <summary>Runs one frame.</summary>
        internal static void Frame()
        {
            for (var i = 0; i < starting.Count; i++) Tell(starting[i], "Start");
            starting.Clear();
            foreach (var update in loop) update();
            RunContinuations();
        }

        /// <summary>Runs what awaits the main thread; the editor does it too.</summary>
        internal static void RunContinuations()
        {
            if (context != null) context.Run();
        }

        /// <summary>Ends a program or a play.</summary>
        internal static void Quit()
        {
            foreach (var behaviour in objects.OfType<MonoBehaviour>().ToArray()) Tell(behaviour, "OnApplicationQuit");
            Application.RaiseQuitting();
            foreach (var one in objects.ToArray()) Destroy(one);
            Application.isPlaying = false;
        }

        /// <summary>Changes the scene: what is not kept goes.</summary>
        internal static void LoadScene()
        {
            foreach (var holder in objects.OfType<GameObject>().Where(o => !o.kept).ToArray()) Destroy(holder);
        }

        internal static void TellAll(string message, params object[] args)
        {
            foreach (var behaviour in objects.OfType<MonoBehaviour>().ToArray()) Tell(behaviour, message, args);
        }

        internal static void Add(Object added)
        {
            objects.Add(added);
            var behaviour = added as MonoBehaviour;
            if (ReferenceEquals(behaviour, null)) return;
            starting.Add(behaviour);
            var update = added.GetType().GetMethod("Update", Any);
            if (update != null) updates[added] = (Action)Delegate.CreateDelegate(typeof(Action), added, update);
            Arrange();
            Tell(behaviour, "Awake");
        }

        internal static void Destroy(Object gone)
        {
            if (gone.destroyed) return;
            var holder = gone as GameObject;
            if (!ReferenceEquals(holder, null)) foreach (var part in holder.Components.ToArray()) Destroy(part);
            var behaviour = gone as MonoBehaviour;
            if (!ReferenceEquals(behaviour, null)) Tell(behaviour, "OnDestroy");
            gone.destroyed = true;
            objects.RemoveAll(o => ReferenceEquals(o, gone));
            starting.RemoveAll(o => ReferenceEquals(o, gone));
            updates.Remove(gone);
            Arrange();
        }

        static void Arrange()
        {
            loop = updates.OrderBy(entry => OrderOf(entry.Key)).Select(entry => entry.Value).ToArray();
        }

        static int OrderOf(Object behaviour)
        {
            var mark = behaviour.GetType().GetCustomAttribute<DefaultExecutionOrder>();
            return mark == null ? 0 : mark.order;
        }

        static void Tell(MonoBehaviour behaviour, string message, params object[] args)
        {
            if (behaviour.destroyed) return;
            var method = behaviour.GetType().GetMethod(message, Any);
            if (method != null) method.Invoke(behaviour, args);
        }
    }

    /// <summary>Awaited on the main thread, a task goes on there, in a later frame.</summary>
    internal sealed class MainThread : SynchronizationContext
    {
        readonly Queue<Action> waiting = new Queue<Action>();

        public override void Post(SendOrPostCallback d, object state)
        {
            lock (waiting) waiting.Enqueue(() => d(state));
        }

        internal void Run()
        {
            while (true)
            {
                Action next;
                lock (waiting)
                {
                    if (waiting.Count == 0) return;
                    next = waiting.Dequeue();
                }
                next();
            }
        }
    }
}
